// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"
#include <string.h>

/* Numbers of a set, as they turn up. */
struct set {
    struct text *out;
    const char *name;
    unsigned count;
};

static void set_begin(struct set *set, struct text *out, const char *name)
{
    *set = (struct set){.out = out, .name = name};
    text_print(out, "define %s(x) (", name);
}

static void set_add(struct set *set, uint64_t number)
{
    text_print(set->out, "%sx == %llu", set->count++ ? " || " : "", (unsigned long long)number);
}

static void set_end(struct set *set)
{
    text_print(set->out, "%s)\ndefine f_%s(heap, gv, x) %s(x)\n", set->count ? "" : "false",
               set->name, set->name);
}

static bool own_calls(const struct channel_end *own, const struct channel_end *peer)
{
    (void)peer;
    return own->call;
}

static bool own_notifies(const struct channel_end *own, const struct channel_end *peer)
{
    (void)peer;
    return own->notify;
}

static bool peer_calls(const struct channel_end *own, const struct channel_end *peer)
{
    (void)own;
    return peer->call;
}

static bool peer_notifies(const struct channel_end *own, const struct channel_end *peer)
{
    (void)own;
    return peer->notify;
}

static void print_channels(struct text *out, const struct plan *plan,
                           const struct component *component, const char *name,
                           bool (*counts)(const struct channel_end *own,
                                          const struct channel_end *peer))
{
    struct set set;

    set_begin(&set, out, name);
    for (size_t i = 0; i < 2 * plan->system->channels.count; i++) {
        const struct channel *channel = plan->system->channels.items[i / 2];
        const struct channel_end *own = &channel->ends[i % 2];

        if (own->component == component && counts(own, &channel->ends[!(i % 2)])) {
            set_add(&set, own->id);
        }
    }
    set_end(&set);
}

static void print_ids(struct text *out, const struct plan *plan, const struct component *component)
{
    struct set set;

    print_channels(out, plan, component, "mk_is_protected_source", peer_calls);
    print_channels(out, plan, component, "mk_is_ppcall_target", own_calls);
    print_channels(out, plan, component, "mk_is_notified_source", peer_notifies);
    print_channels(out, plan, component, "mk_is_notify_target", own_notifies);
    set_begin(&set, out, "mk_is_irq_channel");
    for (size_t i = 0; i < component->irqs.count; i++) {
        set_add(&set, ((struct irq *)component->irqs.items[i])->id);
    }
    set_end(&set);
    set_begin(&set, out, "mk_is_child");
    for (size_t i = 0; i < plan->system->components.count; i++) {
        const struct component *child = plan->system->components.items[i];

        if (child->parent == component) {
            set_add(&set, (uint64_t)child->id);
        }
    }
    set_end(&set);
}

/* Slots of the second CNode whose capability is of a kind; SYSTEM_OBJECT_KINDS: any. */
static void print_slots(struct text *out, const struct plan *plan,
                        const struct component *component, const char *name,
                        enum system_object_kind kind)
{
    const struct system_cap *caps = plan_records(plan, SYSTEM_TABLE_CAPS);
    struct set set;

    set_begin(&set, out, name);
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_CAPS]; i++) {
        if (caps[i].cnode == plan_component(plan, component)->cnode &&
            (kind == SYSTEM_OBJECT_KINDS || plan_object_at(plan, caps[i].object)->kind == kind)) {
            set_add(&set, caps[i].slot);
        }
    }
    set_end(&set);
}

static void print_memory(struct text *out, const struct component *component, const char *name,
                         bool writable)
{
    unsigned count = 0;

    text_print(out, "define %s(x) (", name);
    for (size_t i = 0; i < component->maps.count; i++) {
        const struct map *map = component->maps.items[i];

        if (writable ? map->write : map->read) {
            text_print(out, "%smem_%s_contains(x)", count++ ? " || " : "", map->region->name);
        }
    }
    text_print(out, "%s)\ndefine f_%s(heap, gv, x) %s(x)\n", count ? "" : "false", name, name);
}

static void print_maps(struct text *out, const struct component *component)
{
    for (size_t i = 0; i < component->maps.count; i++) {
        const struct map *map = component->maps.items[i];

        text_print(out, "define mem_%s_contains(x) (x >= %llu && x < %llu)\n", map->region->name,
                   (unsigned long long)map->vaddr,
                   (unsigned long long)(map->vaddr + map->region->size));
    }
    print_memory(out, component, "mem_readable", false);
    print_memory(out, component, "mem_writeable", true);
}

void report_viper(struct text *out, const struct plan *plan, const struct component *component)
{
    static const struct {
        const char *name;
        enum system_object_kind kind;
    } kinds[] = {{"pansel4_has_cap", SYSTEM_OBJECT_KINDS},
                 {"pansel4_has_endpoint_cap", SYSTEM_ENDPOINT},
                 {"pansel4_has_notification_cap", SYSTEM_NOTIFICATION},
                 {"pansel4_has_reply_cap", SYSTEM_REPLY},
                 {"pansel4_has_page_table_cap", SYSTEM_VSPACE},
                 {"pansel4_has_irq_handler_cap", SYSTEM_IRQ},
                 {"pansel4_has_tcb_cap", SYSTEM_TCB},
                 {"pansel4_has_vcpu_cap", SYSTEM_VCPU},
                 {"pansel4_has_ioport_cap", SYSTEM_IO_PORTS},
                 {"pansel4_has_arm_smc_cap", SYSTEM_SMC}};

    text_print(out, "// Protection domain %s of %s\n", component->name, plan->system->file);
    print_ids(out, plan, component);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        print_slots(out, plan, component, kinds[i].name, kinds[i].kind);
    }
    print_maps(out, component);
}
