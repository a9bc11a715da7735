// SPDX-License-Identifier: BSD-2-Clause
/* <cspace>: capabilities in the component's root CNode, those of Microkit and our own. */
#include "read.h"
#include <string.h>

enum { UNTYPED_BITS_MIN = 12, UNTYPED_BITS_MAX = 30 };

static const char *const pd_names[] = {"slot", "pd", NULL};
static const char *const plain_names[] = {"slot", NULL};
static const char *const untyped_names[] = {"slot", "size", NULL};
static const char *const core_names[] = {"slot", "cpu", NULL};

/* An element cap_KIND. */
struct cap_form {
    const char *kind;
    enum user_cap_kind number;
    const char *const *attributes;
    bool extension;
};

static const struct cap_form forms[] = {
    {"tcb", CAP_TCB, pd_names, false},
    {"sc", CAP_SC, pd_names, false},
    {"vspace", CAP_VSPACE, pd_names, false},
    {"untyped", CAP_UNTYPED, untyped_names, true},
    {"asid_pool", CAP_ASID_POOL, plain_names, true},
    {"sched_control", CAP_SCHED_CONTROL, core_names, true},
    {"irq_control", CAP_IRQ_CONTROL, plain_names, true},
    {"ioport_control", CAP_IO_PORT_CONTROL, plain_names, true},
    {"cnode", CAP_CNODE, pd_names, true},
};

static const char *accepted_kinds(const struct reading *in)
{
    return in->source->extensions ? "cap_tcb, cap_sc, cap_vspace, cap_untyped, cap_asid_pool, "
                                    "cap_sched_control, cap_irq_control, cap_ioport_control, "
                                    "cap_cnode"
                                  : "cap_tcb, cap_sc, cap_vspace";
}

static const struct cap_form *form_of(struct reading *in, const struct element *element)
{
    if (strncmp(element->name, "cap_", 4) != 0) {
        refuse(in->job, RULE_CAP_ELEMENT, &element->place, accepted_kinds(in),
               "element '%s' is not allowed in 'cspace'", element->name);
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(element->name + 4, forms[i].kind) == 0) {
            if (forms[i].extension && !in->source->extensions) {
                refuse(in->job, RULE_EXT_STRICT, &element->place, NULL,
                       "capability kind '%s' is an extension", forms[i].kind);
            }
            return &forms[i];
        }
    }
    refuse(in->job, RULE_CAP_KIND, &element->place, accepted_kinds(in),
           "unknown capability kind '%s'", element->name + 4);
}

static void read_slot(struct reading *in, const struct element *element, struct user_cap *cap)
{
    uint64_t slot = read_number(in, element, "slot");
    const struct place *at = read_place(element, "slot");

    if (slot == 0) {
        refuse(in->job, RULE_CAP_SLOT, at, NULL, "slot 0 is reserved");
    }
    if (slot > USER_SLOT_MAX) {
        refuse(in->job, RULE_CAP_SLOT, at, NULL, "slot %llu is above %d, the last of the CNode",
               (unsigned long long)slot, USER_SLOT_MAX);
    }
    cap->slot = (unsigned)slot;
}

static void read_untyped(struct reading *in, const struct element *element, struct user_cap *cap)
{
    uint64_t size = read_number(in, element, "size");

    while (cap->size_bits < 63 && (UINT64_C(1) << cap->size_bits) < size) {
        cap->size_bits++;
    }
    if ((UINT64_C(1) << cap->size_bits) != size || cap->size_bits < UNTYPED_BITS_MIN ||
        cap->size_bits > UNTYPED_BITS_MAX) {
        refuse(in->job, RULE_EXT_UNTYPED_SIZE, read_place(element, "size"), NULL, "size 0x%llx",
               (unsigned long long)size);
    }
}

static void read_core(struct reading *in, const struct element *element, struct user_cap *cap)
{
    uint64_t core = read_number_or(in, element, "cpu", 0);

    if (core >= in->target->options.MAX_NUM_NODES) {
        refuse(in->job, RULE_EXT_CORE, read_place(element, "cpu"), NULL,
               "cpu must be less than %llu, got %llu",
               (unsigned long long)in->target->options.MAX_NUM_NODES, (unsigned long long)core);
    }
    cap->core = (unsigned)core;
}

static void read_kind(struct reading *in, const struct element *element, struct user_cap *cap,
                      const struct component *component)
{
    switch (cap->kind) {
    case CAP_UNTYPED: read_untyped(in, element, cap); break;
    case CAP_SCHED_CONTROL: read_core(in, element, cap); break;
    case CAP_IO_PORT_CONTROL:
        if (!in->target->arch->has_io_ports) {
            refuse(in->job, RULE_EXT_PORTS_ARCH, &element->place, NULL,
                   "I/O ports are not available on %s", in->target->arch->name);
        }
        break;
    case CAP_CNODE:
        cap->pd_name = read_text(in, element, "pd");
        if (strcmp(cap->pd_name, component->name) != 0) {
            refuse(in->job, RULE_EXT_OWN, &element->place, NULL,
                   "protection domain '%s' asks for the CNode of '%s'", component->name,
                   cap->pd_name);
        }
        break;
    case CAP_TCB:
    case CAP_SC:
    case CAP_VSPACE: cap->pd_name = read_text(in, element, "pd"); break;
    case CAP_ASID_POOL:
    case CAP_IRQ_CONTROL: break;
    }
}

static void parse_cap(struct reading *in, const struct element *element,
                      struct component *component)
{
    const struct cap_form *form = form_of(in, element);
    struct user_cap *cap = job_take(in->job, sizeof(*cap));

    read_only(in, element, form->attributes);
    cap->place = element->place;
    cap->kind = form->number;
    cap->kind_name = form->kind;
    read_slot(in, element, cap);
    read_kind(in, element, cap, component);
    list_add(in->job, &component->caps, cap);
}

void parse_cspace(struct reading *in, const struct element *element, struct component *component)
{
    static const char *const names[] = {NULL};

    if (component->has_cspace) {
        read_twice(in, element);
    }
    component->has_cspace = true;
    read_only(in, element, names);
    for (const struct element *child = element->first_child; child; child = child->next) {
        parse_cap(in, child, component);
    }
}
