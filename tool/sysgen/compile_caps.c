// SPDX-License-Identifier: BSD-2-Clause
/* The capability spaces of components, slot for slot as elf-level programs expect them. */
#include "compile.h"
#include <string.h>

/* Slots of a component's second CNode; compiled into every program. */
enum {
    SLOT_INPUT = 1,
    SLOT_FAULT = 2,
    SLOT_VSPACE = 3,
    SLOT_REPLY = 4,
    SLOT_MONITOR = 5,
    SLOT_OWN_TCB = 6,
    SLOT_SMC = 7,
    SLOT_NOTIFY = 10,
    SLOT_CALL = 74,
    SLOT_IRQ = 138,
    SLOT_CHILD = 202,
    SLOT_IO_PORTS = 394,
};

/* Guard of the second CNode: 6 bits of the root, 49 of guard and 9 of the CNode make 64. */
enum { SECOND_GUARD_BITS = 49 };

/* A root CNode within itself: a system call resolves all 64 bits, so after the 6 that lead to the
 * capability come 52 of guard and, once more, 6 for its slot. */
enum { OWN_ROOT_GUARD_BITS = 52 };

static const uint64_t call_badge = UINT64_C(1) << 63;
static const uint64_t fault_badge = UINT64_C(1) << 62;

static void add(struct plan *plan, struct system_cap cap)
{
    plan_add(plan, SYSTEM_TABLE_CAPS, &cap);
}

static void add_badged(struct plan *plan, struct system_cap cap, uint64_t badge, uint32_t peer)
{
    cap.badge = badge;
    cap.peer = peer;
    plan_add(plan, SYSTEM_TABLE_CAPS, &cap);
}

static void add_fault(struct plan *plan, const struct component *component,
                      const struct component_plan *own, uint32_t line)
{
    const struct component *parent = component->parent;
    uint32_t endpoint = parent ? plan_component(plan, parent)->endpoint : plan->monitor.endpoint;
    uint64_t badge = parent ? fault_badge | (uint64_t)component->id : component->index + 1;

    add_badged(plan, plan_cap(own->cnode, SLOT_FAULT, endpoint, RIGHTS_RWG, SYSTEM_CAP_FAULT, line),
               badge, parent ? parent->index : (uint32_t)plan->system->components.count);
}

static uint32_t smc_object(struct plan *plan, const struct component *component)
{
    return plan_object(plan, SYSTEM_SMC, 0, 1, component->index, &component->place,
                       job_print(plan->job, "arm_smc_%s", component->name));
}

static void add_fixed(struct plan *plan, const struct component *component)
{
    const struct component_plan *own = plan_component(plan, component);
    uint32_t line = component->place.line;

    add_badged(plan, plan_cap(own->cnode_root, 0, own->cnode, RIGHTS_RWG, SYSTEM_CAP_CNODE, line),
               SECOND_GUARD_BITS, SYSTEM_NONE);
    if (own->endpoint != SYSTEM_NONE) {
        add(plan,
            plan_cap(own->cnode, SLOT_INPUT, own->endpoint, RIGHTS_RWG, SYSTEM_CAP_INPUT, line));
    } else {
        add(plan,
            plan_cap(own->cnode, SLOT_INPUT, own->notification, RIGHTS_RW, SYSTEM_CAP_INPUT, line));
    }
    add_fault(plan, component, own, line);
    add(plan, plan_cap(own->cnode, SLOT_VSPACE, own->vspace, RIGHTS_RWG, SYSTEM_CAP_VSPACE, line));
    add(plan, plan_cap(own->cnode, SLOT_REPLY, own->reply, RIGHTS_RWG, SYSTEM_CAP_REPLY, line));
    if (component->passive || component->restart == SYSTEM_RESTART_ALWAYS) {
        add_badged(plan,
                   plan_cap(own->cnode, SLOT_MONITOR, plan->monitor.endpoint, RIGHTS_RWG,
                            SYSTEM_CAP_MONITOR, line),
                   component->index + 1, (uint32_t)plan->system->components.count);
    }
    if (plan->target->own_tcb_in_slot_6) {
        add(plan,
            plan_cap(own->cnode, SLOT_OWN_TCB, own->tcb, RIGHTS_RWG, SYSTEM_CAP_OWN_TCB, line));
    }
    if (component->smc) {
        uint32_t smc = smc_object(plan, component);

        add(plan, plan_cap(own->cnode, SLOT_SMC, smc, RIGHTS_RWG, SYSTEM_CAP_SMC, line));
    }
}

/* What one end of a channel may do to the other. */
static void add_end(struct plan *plan, const struct channel_end *end,
                    const struct channel_end *peer)
{
    const struct component_plan *own = plan_component(plan, end->component);
    const struct component_plan *other = plan_component(plan, peer->component);
    uint32_t line = end->place.line;

    if (end->notify) {
        add_badged(plan,
                   plan_cap(own->cnode, SLOT_NOTIFY + end->id, other->notification, RIGHTS_RW,
                            SYSTEM_CAP_NOTIFY, line),
                   UINT64_C(1) << peer->id, peer->component->index);
    }
    if (end->call) {
        add_badged(plan,
                   plan_cap(own->cnode, SLOT_CALL + end->id, other->endpoint, RIGHTS_RWG,
                            SYSTEM_CAP_CALL, line),
                   call_badge | peer->id, peer->component->index);
    }
}

static void add_children(struct plan *plan, const struct component *component)
{
    for (size_t i = component->index + 1u; i < plan->system->components.count; i++) {
        const struct component *child = plan->system->components.items[i];

        if (child->parent == component) {
            struct system_cap entry = plan_cap(
                plan_component(plan, component)->cnode, SLOT_CHILD + (unsigned)child->id,
                plan_component(plan, child)->tcb, RIGHTS_RWG, SYSTEM_CAP_CHILD, child->place.line);

            entry.peer = child->index;
            add(plan, entry);
        }
    }
}

static void add_devices(struct plan *plan, const struct component *component, uint32_t *next_irq)
{
    uint32_t cnode = plan_component(plan, component)->cnode;

    for (size_t i = 0; i < component->irqs.count; i++) {
        const struct irq *irq = component->irqs.items[i];
        const struct system_irq *records = plan_records(plan, SYSTEM_TABLE_IRQS);

        add(plan, plan_cap(cnode, SLOT_IRQ + irq->id, records[(*next_irq)++].object, RIGHTS_RWG,
                           SYSTEM_CAP_IRQ, irq->place.line));
    }
    for (size_t i = 0; i < component->io_ports.count; i++) {
        const struct io_port *port = component->io_ports.items[i];
        uint32_t object = plan_object(plan, SYSTEM_IO_PORTS, 0, 1, component->index, &port->place,
                                      job_print(plan->job, "ioports_0x%llx_%s",
                                                (unsigned long long)port->first, component->name));

        plan_object_at(plan, object)->argument = port->first | (port->first + port->size - 1) << 16;
        add(plan, plan_cap(cnode, SLOT_IO_PORTS + port->id, object, RIGHTS_RWG, SYSTEM_CAP_IO_PORTS,
                           port->place.line));
    }
}

/* An object that stands for authority, or for memory the component may divide itself. */
static uint32_t new_user_object(struct plan *plan, const struct component *component,
                                const struct user_cap *user)
{
    enum system_object_kind kind = SYSTEM_UNTYPED;
    unsigned size_bits = user->size_bits;
    uint32_t object;

    switch (user->kind) {
    case CAP_ASID_POOL:
        kind = SYSTEM_ASID_POOL;
        size_bits = PAGE_BITS;
        break;
    case CAP_SCHED_CONTROL: kind = SYSTEM_SCHED_CONTROL; break;
    case CAP_IRQ_CONTROL: kind = SYSTEM_IRQ_CONTROL; break;
    case CAP_IO_PORT_CONTROL: kind = SYSTEM_IO_PORT_CONTROL; break;
    default: break;
    }
    object =
        plan_object(plan, kind, size_bits, 1, component->index, &user->place,
                    job_print(plan->job, "%s_%s_%u", user->kind_name, component->name, user->slot));
    plan_object_at(plan, object)->argument = user->core;
    return object;
}

static uint32_t user_object(struct plan *plan, const struct component *component,
                            const struct user_cap *user)
{
    const struct component_plan *other =
        user->component ? plan_component(plan, user->component) : NULL;

    switch (user->kind) {
    case CAP_TCB: return other->tcb;
    case CAP_SC: return other->sched;
    case CAP_VSPACE: return other->vspace;
    case CAP_CNODE: return other->cnode_root;
    default: return new_user_object(plan, component, user);
    }
}

static void add_user_caps(struct plan *plan, const struct component *component)
{
    for (size_t i = 0; i < component->caps.count; i++) {
        const struct user_cap *user = component->caps.items[i];
        struct system_cap entry = plan_cap(plan_component(plan, component)->cnode_root, user->slot,
                                           user_object(plan, component, user), RIGHTS_RWG,
                                           SYSTEM_CAP_USER, user->place.line);

        entry.peer = user->component ? user->component->index : SYSTEM_NONE;
        entry.badge = user->kind == CAP_CNODE ? OWN_ROOT_GUARD_BITS : 0;
        add(plan, entry);
    }
}

void compile_caps(struct plan *plan)
{
    const struct system *system = plan->system;
    uint32_t next_irq = 0;

    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];

        add_fixed(plan, component);
        add_children(plan, component);
        add_devices(plan, component, &next_irq);
        add_user_caps(plan, component);
    }
    for (size_t i = 0; i < 2 * system->channels.count; i++) {
        const struct channel *channel = system->channels.items[i / 2];

        add_end(plan, &channel->ends[i % 2], &channel->ends[!(i % 2)]);
    }
}
