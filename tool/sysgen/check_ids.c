// SPDX-License-Identifier: BSD-2-Clause
/* Numbers that must be unique: interrupts, ids of channels and ports, port ranges, slots. */
#include "check_priv.h"
#include <string.h>

enum { USERS_LISTED = 10 };

static void check_irq_number(struct reading *in, const struct component *component,
                             const struct irq *irq)
{
    FOR_EACH(const struct component, other, in->system->components)
    FOR_EACH(const struct irq, earlier, other->irqs)
    {
        if (earlier == irq) {
            return;
        }
        if (earlier->number == irq->number) {
            refuse(in->job, RULE_IRQ_TWICE, &irq->place, NULL,
                   "duplicate %s: %llu in protection domain '%s', used already in line %u",
                   irq->kind == SYSTEM_IRQ_PLAIN ? "irq" : "vector",
                   (unsigned long long)irq->number, component->name, earlier->place.line);
        }
    }
}

void check_irq_numbers(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct irq, irq, component->irqs)
    {
        check_irq_number(in, component, irq);
    }
}

/* Which ids of each component are taken, and where. */
struct id_table {
    const struct place *users[COMPONENT_MAX][ID_MAX + 1];
};

static void take_id(struct reading *in, struct id_table *ids, const struct component *component,
                    unsigned id, const struct place *place)
{
    const struct place **user = &ids->users[component->index][id];

    if (*user) {
        refuse(in->job, RULE_CHANNEL_ID_TWICE, place, NULL,
               "duplicate channel id: %u in protection domain '%s', used already in line %u", id,
               component->name, (*user)->line);
    }
    *user = place;
}

static void check_call(struct reading *in, const struct channel *channel,
                       const struct component *caller, const struct component *callee)
{
    if (caller->priority >= callee->priority) {
        refuse(in->job, RULE_PPC_PRIORITY, &channel->place, NULL,
               "protected call from '%s' (priority %u) to '%s' (priority %u)", caller->name,
               caller->priority, callee->name, callee->priority);
    }
    if (target_is(in->target, SYSTEM_X86_64) && callee->guest) {
        refuse(in->job, RULE_PPC_VMM, &channel->place, NULL,
               "protected call to '%s', which has a virtual machine, from '%s'", callee->name,
               caller->name);
    }
}

static void check_channels(struct reading *in, struct id_table *ids)
{
    FOR_EACH(const struct channel, channel, in->system->channels)
    {
        for (unsigned i = 0; i < 2; i++) {
            const struct channel_end *end = &channel->ends[i];

            take_id(in, ids, end->component, end->id, &end->place);
        }
        for (unsigned i = 0; i < 2; i++) {
            if (channel->ends[i].call) {
                check_call(in, channel, channel->ends[i].component, channel->ends[!i].component);
            }
        }
    }
}

static void check_notices(struct reading *in, struct id_table *ids)
{
    FOR_EACH(struct component, component, in->system->components)
    FOR_EACH(struct restart_notice, notice, component->notices)
    {
        notice->neighbour = system_component(in->system, notice->pd_name);
        if (!notice->neighbour || notice->neighbour == component) {
            refuse(in->job, RULE_EXT_NOTIFY_PD, &notice->place, NULL,
                   "'%s' is no other protection domain", notice->pd_name);
        }
        take_id(in, ids, notice->neighbour, notice->id, &notice->place);
        if (notice->setvar_id) {
            setvar_add(in, notice->neighbour, notice->setvar_id, &notice->place)->value =
                notice->id;
        }
    }
}

void check_ids(struct reading *in)
{
    struct id_table *ids = job_take(in->job, sizeof(*ids));

    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct irq, irq, component->irqs)
    {
        take_id(in, ids, component, irq->id, &irq->place);
    }
    check_channels(in, ids);
    check_notices(in, ids);
}

void check_io_port_ids(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    {
        uint64_t taken = 0;

        FOR_EACH(const struct io_port, port, component->io_ports)
        {
            if (taken >> port->id & 1) {
                refuse(in->job, RULE_IOPORT_ID_TWICE, &port->place, NULL,
                       "duplicate I/O port id: %u in protection domain '%s'", port->id,
                       component->name);
            }
            taken |= UINT64_C(1) << port->id;
        }
    }
}

static void check_ports_apart(struct reading *in, const struct component *a,
                              const struct io_port *first, const struct component *b,
                              const struct io_port *second)
{
    if (first->first < second->first + second->size && second->first < first->first + first->size) {
        refuse(in->job, RULE_IOPORT_OVERLAP, &second->place, NULL,
               "I/O port %u (0x%llx..0x%llx) of protection domain '%s' overlaps I/O port %u "
               "(0x%llx..0x%llx) of '%s' in line %u",
               second->id, (unsigned long long)second->first,
               (unsigned long long)(second->first + second->size), b->name, first->id,
               (unsigned long long)first->first, (unsigned long long)(first->first + first->size),
               a->name, first->place.line);
    }
}

static void check_io_port(struct reading *in, const struct component *component,
                          const struct io_port *port)
{
    FOR_EACH(const struct component, other, in->system->components)
    FOR_EACH(const struct io_port, earlier, other->io_ports)
    {
        if (earlier == port) {
            return;
        }
        check_ports_apart(in, other, earlier, component, port);
    }
}

void check_io_ports(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct io_port, port, component->io_ports)
    {
        check_io_port(in, component, port);
    }
}

static _Noreturn void refuse_slot(struct reading *in, const struct component *component,
                                  const struct user_cap *cap)
{
    struct text users = {.job = in->job};
    unsigned listed = 0;

    FOR_EACH(const struct user_cap, other, component->caps)
    {
        if (other->slot == cap->slot && listed++ < USERS_LISTED) {
            text_print(&users, "\n    %s of '%s' at %s:%u:%u", other->kind_name,
                       other->pd_name ? other->pd_name : component->name, other->place.file,
                       other->place.line, other->place.column);
        }
    }
    refuse(in->job, RULE_CAP_SLOT_TWICE, &cap->place, NULL,
           "slot %u of protection domain '%s' is used more than once:%s", cap->slot,
           component->name, users.bytes);
}

void check_slots(struct reading *in)
{
    FOR_EACH(const struct component, component, in->system->components)
    {
        uint64_t taken = 0;

        FOR_EACH(const struct user_cap, cap, component->caps)
        {
            if (taken >> cap->slot & 1) {
                refuse_slot(in, component, cap);
            }
            taken |= UINT64_C(1) << cap->slot;
        }
    }
}

/* The kernel copies neither control over interrupts nor over I/O ports. */
void check_controls(struct reading *in)
{
    const struct user_cap *first[CAP_CNODE + 1] = {NULL};

    FOR_EACH(const struct component, component, in->system->components)
    FOR_EACH(const struct user_cap, cap, component->caps)
    {
        if (cap->kind != CAP_IRQ_CONTROL && cap->kind != CAP_IO_PORT_CONTROL) {
            continue;
        }
        if (first[cap->kind]) {
            refuse(in->job, RULE_EXT_CONTROL_ONCE, &cap->place, NULL,
                   "'cap_%s' is given already in line %u", cap->kind_name,
                   first[cap->kind]->place.line);
        }
        first[cap->kind] = cap;
    }
}
