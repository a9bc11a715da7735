// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the monitor holds. Slots below 512 are those of Microkit's monitor. From there on it gets
 * the stacks of all components, to find callers when it explains a fault; and what it needs to
 * restart components that ask for it: their CNodes and other objects, and the frames whose contents
 * go back to what they were.
 */
#include "compile.h"
#include <string.h>

enum {
    SLOT_ENDPOINT = 1,
    SLOT_REPLY = 2,
    SLOT_VSPACE = 3,
    SLOT_CNODE = 4,
    SLOT_OWN_TCB = 5,
    SLOT_TELLER_TCB = 6,
    SLOT_TELLER_NOTIFICATION = 7,
    /* 8 is left free for a capability that is needed for a moment. */
    SLOT_SERIAL = 9,
    SLOT_TCB = 10,
    SLOT_PROBE = 73,
    SLOT_SCHED = 138,
    SLOT_NOTIFICATION = 202,
    SLOT_FURTHER = 512,
    SLOT_BITS = 5,
    STACK_PAGES = 16, /* of a stack that is only looked at: those that callers are found in */
};

/* Where the next capability goes. */
struct hold {
    struct plan *plan;
    uint32_t slot;
    const struct component *component;
    bool *held; /* objects this component's restart has already */
};

static void put(struct plan *plan, unsigned slot, uint32_t object, uint32_t count,
                enum system_cap_meaning meaning, const struct component *component)
{
    struct system_cap cap = plan_cap(plan->monitor.cnode, slot, object, RIGHTS_RWG, meaning,
                                     component ? component->place.line : 0);

    cap.peer = component ? component->index : SYSTEM_NONE;
    cap.count = count;
    plan_add(plan, SYSTEM_TABLE_CAPS, &cap);
}

static void hold(struct hold *hold, uint32_t object)
{
    uint32_t count;

    if (object != SYSTEM_NONE && !hold->held[object]) {
        hold->held[object] = true;
        count = plan_object_at(hold->plan, object)->count;
        put(hold->plan, hold->slot, object, count, SYSTEM_CAP_RESTART, hold->component);
        hold->slot += count;
    }
}

/* Frames that belong to the component's state: program, stack, message buffer. */
static void hold_frames(struct hold *state, const struct component_plan *own)
{
    for (unsigned i = 0; i < own->program->elf->segment_count; i++) {
        hold(state, own->segments[i]);
    }
    hold(state, own->stack);
    hold(state, own->buffer);
}

/* Regions that the component can write go back to their first contents, unless they persist or
 * the kernel knows the contents. */
static void hold_regions(struct hold *state)
{
    const struct list *maps = &state->component->maps;

    for (size_t i = 0; i < maps->count; i++) {
        const struct map *map = maps->items[i];

        if (map->write && !map->region->persistent && !map->region->has_paddr &&
            map->region->bootinfo_id < 0) {
            hold(state, map->region->object);
        }
    }
}

static bool restored_object(const struct system_object *object)
{
    return object->kind == SYSTEM_UNTYPED || object->kind == SYSTEM_ASID_POOL ||
           object->kind == SYSTEM_IRQ || object->kind == SYSTEM_IO_PORTS;
}

static void hold_own_objects(struct hold *state)
{
    for (uint32_t i = 0; i < state->plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        const struct system_object *object = plan_object_at(state->plan, i);

        if (object->component == state->component->index && restored_object(object)) {
            hold(state, i);
        }
    }
}

/* What its CNodes name of others, to put it back there. Control over interrupts and ports cannot
 * be copied: who has it has it for good. */
static void hold_named_objects(struct hold *state)
{
    const struct component_plan *own = plan_component(state->plan, state->component);
    uint32_t count = state->plan->counts[SYSTEM_TABLE_CAPS];

    for (uint32_t i = 0; i < count; i++) {
        /* A copy: the table grows on the way. */
        const struct system_cap *records = plan_records(state->plan, SYSTEM_TABLE_CAPS);
        const struct system_cap cap = records[i];
        unsigned kind = plan_object_at(state->plan, cap.object)->kind;

        if ((cap.cnode == own->cnode || cap.cnode == own->cnode_root) &&
            kind != SYSTEM_IRQ_CONTROL && kind != SYSTEM_IO_PORT_CONTROL) {
            hold(state, cap.object);
        }
    }
}

static void hold_component(struct hold *state)
{
    const struct component_plan *own = plan_component(state->plan, state->component);

    hold(state, own->cnode_root);
    hold(state, own->cnode);
    hold(state, own->vspace);
    hold(state, own->sched);
    hold(state, own->notification);
    hold(state, own->reply);
    hold(state, own->endpoint);
    hold_own_objects(state);
    hold_frames(state, own);
    hold_regions(state);
    hold_named_objects(state);
}

/* Neighbours to be told have their notifications here, too. */
static void hold_neighbours(struct hold *state)
{
    const struct component *component = state->component;

    for (size_t i = 0; i < component->notices.count; i++) {
        const struct restart_notice *notice = component->notices.items[i];
        uint32_t notification = plan_component(state->plan, notice->neighbour)->notification;
        struct system_cap cap = plan_cap(state->plan->monitor.cnode, state->slot++, notification,
                                         SYSTEM_WRITE, SYSTEM_CAP_NOTIFY, notice->place.line);

        cap.badge = UINT64_C(1) << notice->id;
        cap.peer = notice->neighbour->index;
        plan_add(state->plan, SYSTEM_TABLE_CAPS, &cap);
    }
}

/* The CNode grows with what is in it. */
static void size_cnode(struct plan *plan, uint32_t slots)
{
    struct system_object *cnode = plan_object_at(plan, plan->monitor.cnode);

    while (slots > UINT32_C(1) << cnode->argument) {
        cnode->argument++;
    }
    cnode->size_bits = (uint8_t)(cnode->argument + SLOT_BITS);
}

static void watch(struct plan *plan, const struct component *component)
{
    const struct component_plan *own = plan_component(plan, component);
    unsigned index = component->index;

    put(plan, SLOT_TCB + index, own->tcb, 1, SYSTEM_CAP_WATCHED, component);
    if (component->passive) {
        put(plan, SLOT_SCHED + index, own->sched, 1, SYSTEM_CAP_WATCHED, component);
        put(plan, SLOT_NOTIFICATION + index, own->notification, 1, SYSTEM_CAP_WATCHED, component);
    }
}

static void hold_pages(struct hold *state, uint32_t stack, uint32_t first, uint32_t count)
{
    struct system_cap cap = plan_cap(state->plan->monitor.cnode, state->slot, stack, SYSTEM_READ,
                                     SYSTEM_CAP_WATCHED, state->component->place.line);

    cap.peer = state->component->index;
    cap.index = first;
    cap.count = count;
    plan_add(state->plan, SYSTEM_TABLE_CAPS, &cap);
    state->slot += count;
}

/* Of a deep stack the bottom, where it overflows, and the top, where it is mostly used. */
static void hold_stack(struct hold *state)
{
    uint32_t stack = plan_component(state->plan, state->component)->stack;
    uint32_t pages = plan_object_at(state->plan, stack)->count;

    if (pages <= STACK_PAGES) {
        hold_pages(state, stack, 0, pages);
    } else {
        hold_pages(state, stack, 0, STACK_PAGES / 2);
        hold_pages(state, stack, pages - STACK_PAGES / 2, STACK_PAGES / 2);
    }
}

/* The first serial port of a PC. */
enum { SERIAL_FIRST = 0x3f8, SERIAL_LAST = 0x3ff };

/* Does a component hold the port, or control over all ports? Null: nobody does. */
static const struct component *serial_holder(const struct system *system)
{
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];

        for (size_t j = 0; j < component->io_ports.count; j++) {
            const struct io_port *port = component->io_ports.items[j];

            if (port->first <= SERIAL_LAST && port->first + port->size > SERIAL_FIRST) {
                return component;
            }
        }
        for (size_t j = 0; j < component->caps.count; j++) {
            const struct user_cap *user = component->caps.items[j];

            if (user->kind == CAP_IO_PORT_CONTROL) {
                return component;
            }
        }
    }
    return NULL;
}

enum system_console compile_console(const struct plan *plan, enum console_wish wish)
{
    const struct component *holder = serial_holder(plan->system);
    bool has_ports = target_is(plan->target, SYSTEM_X86_64);

    if (wish == CONSOLE_SERIAL && (holder || !has_ports)) {
        refuse(plan->job, RULE_CONSOLE, holder ? &holder->place : NULL, NULL,
               holder ? "'%s' has the serial port, so the monitor cannot write there"
                      : "'%s' has no serial port that the monitor can drive",
               holder ? holder->name : plan->target->board->name);
    }
    if (wish == CONSOLE_KERNEL && !plan->target->options.PRINTING) {
        refuse(plan->job, RULE_CONSOLE, NULL, NULL, "the kernel of config '%s' does not print",
               plan->target->config);
    }
    if (wish == CONSOLE_LOG) {
        return SYSTEM_CONSOLE_LOG;
    }
    if (wish == CONSOLE_KERNEL || (wish == CONSOLE_FITTING && plan->target->options.PRINTING)) {
        return SYSTEM_CONSOLE_KERNEL;
    }
    return has_ports && !holder ? SYSTEM_CONSOLE_SERIAL : SYSTEM_CONSOLE_LOG;
}

static void add_serial(struct plan *plan)
{
    uint32_t ports = plan_object(plan, SYSTEM_IO_PORTS, 0, 1,
                                 (uint32_t)plan->system->components.count, NULL, "ioports_console");

    plan_object_at(plan, ports)->argument = SERIAL_FIRST | SERIAL_LAST << 16;
    put(plan, SLOT_SERIAL, ports, 1, SYSTEM_CAP_IO_PORTS, NULL);
}

static void hold_own(struct plan *plan)
{
    put(plan, SLOT_ENDPOINT, plan->monitor.endpoint, 1, SYSTEM_CAP_INPUT, NULL);
    put(plan, SLOT_REPLY, plan->monitor.reply, 1, SYSTEM_CAP_REPLY, NULL);
    put(plan, SLOT_VSPACE, plan->monitor.vspace, 1, SYSTEM_CAP_VSPACE, NULL);
    put(plan, SLOT_CNODE, plan->monitor.cnode, 1, SYSTEM_CAP_CNODE, NULL);
    put(plan, SLOT_OWN_TCB, plan->monitor.tcb, 1, SYSTEM_CAP_OWN_TCB, NULL);
    put(plan, SLOT_TELLER_TCB, plan->teller.tcb, 1, SYSTEM_CAP_TELLER, NULL);
    put(plan, SLOT_TELLER_NOTIFICATION, plan->teller.notification, 1, SYSTEM_CAP_TELLER, NULL);
    put(plan, SLOT_PROBE, plan->monitor_probe, 1, SYSTEM_CAP_WATCHED, NULL);
    if (plan->console == SYSTEM_CONSOLE_SERIAL) {
        add_serial(plan);
    }
}

void compile_monitor_caps(struct plan *plan)
{
    const struct list *components = &plan->system->components;
    struct hold state = {.plan = plan, .slot = SLOT_FURTHER};

    hold_own(plan);
    for (size_t i = 0; i < components->count; i++) {
        state.component = components->items[i];
        watch(plan, state.component);
        if (state.component->restart != SYSTEM_RESTART_NEVER) {
            state.held = job_take(plan->job, plan->counts[SYSTEM_TABLE_OBJECTS]);
            hold_component(&state);
            hold_neighbours(&state);
        } else {
            hold_stack(&state);
        }
    }
    size_cnode(plan, state.slot);
}
