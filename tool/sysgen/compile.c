// SPDX-License-Identifier: BSD-2-Clause
/* Objects that are not memory, threads, and the description of components. */
#include "compile.h"
#include "patch.h"
#include <string.h>

enum {
    ROOT_SLOT_BITS = 6,
    COMPONENT_SLOT_BITS = 9,
    SLOT_BITS = 5,
    SCHED_BADGE = 0x100,
    MONITOR_PRIORITY = 255,
    MONITOR_BUDGET_US = 1000, /* and its period */
    RESTARTER_BUDGET_US = 2000,
    RESTARTER_PERIOD_US = 10000,
    TELLER_PRIORITY = 254, /* no component is above it: what it says is not lost in a busy system */
    TELLER_BUDGET_US = 500,
    TELLER_PERIOD_US = 5000,
    WORD_BITS = 64,
};

static uint32_t add(struct plan *plan, enum system_object_kind kind,
                    const struct component *component, const char *prefix, const char *suffix)
{
    const char *name =
        job_print(plan->job, "%s_%s%s", prefix, component ? component->name : "monitor", suffix);
    uint32_t owner = component ? component->index : (uint32_t)plan->system->components.count;

    return plan_object(plan, kind, target_object_bits(plan->target, kind), 1, owner,
                       component ? &component->place : NULL, name);
}

static uint32_t add_cnode(struct plan *plan, const struct component *component, unsigned bits,
                          const char *suffix)
{
    uint32_t cnode = add(plan, SYSTEM_CNODE, component, "cnode", suffix);
    struct system_object *object = plan_object_at(plan, cnode);

    object->argument = bits;
    object->size_bits = (uint8_t)(bits + SLOT_BITS);
    return cnode;
}

static bool is_called(const struct system *system, const struct component *component)
{
    for (size_t i = 0; i < 2 * system->channels.count; i++) {
        const struct channel *channel = system->channels.items[i / 2];

        if (channel->ends[i % 2].component == component && channel->ends[!(i % 2)].call) {
            return true;
        }
    }
    return false;
}

/* The objects that every component has. */
static void add_component(struct plan *plan, const struct component *component)
{
    struct component_plan *own = &plan->components[component->index];

    own->tcb = add(plan, SYSTEM_TCB, component, "tcb", "");
    own->cnode_root = add_cnode(plan, component, ROOT_SLOT_BITS, "_root");
    own->cnode = add_cnode(plan, component, COMPONENT_SLOT_BITS, "");
    own->notification = add(plan, SYSTEM_NOTIFICATION, component, "ntfn", "");
    own->reply = add(plan, SYSTEM_REPLY, component, "reply", "");
    own->sched = add(plan, SYSTEM_SCHED_CONTEXT, component, "sched_context", "");
    own->vspace = add(plan, SYSTEM_VSPACE, component, "vspace", "");
    own->endpoint = SYSTEM_NONE;
    if (component->has_children || component->guest || is_called(plan->system, component)) {
        own->endpoint = add(plan, SYSTEM_ENDPOINT, component, "ep", "");
    }
}

static void add_monitor(struct plan *plan)
{
    struct component_plan *own = &plan->monitor;

    own->tcb = add(plan, SYSTEM_TCB, NULL, "tcb", "");
    own->cnode = add_cnode(plan, NULL, COMPONENT_SLOT_BITS, "");
    own->cnode_root = SYSTEM_NONE;
    own->notification = SYSTEM_NONE;
    own->reply = add(plan, SYSTEM_REPLY, NULL, "reply", "");
    own->sched = add(plan, SYSTEM_SCHED_CONTEXT, NULL, "sched_context", "");
    own->vspace = add(plan, SYSTEM_VSPACE, NULL, "vspace", "");
    own->endpoint = add(plan, SYSTEM_ENDPOINT, NULL, "ep_fault", "");
    plan->monitor_probe = add(plan, SYSTEM_SCHED_CONTEXT, NULL, "sched_context", "_probe");
    plan->teller.tcb = add(plan, SYSTEM_TCB, NULL, "tcb", "_teller");
    plan->teller.sched = add(plan, SYSTEM_SCHED_CONTEXT, NULL, "sched_context", "_teller");
    plan->teller.notification = add(plan, SYSTEM_NOTIFICATION, NULL, "ntfn", "_teller");
}

static void add_region(struct plan *plan, struct region *region)
{
    unsigned bits = region->page_size == PAGE_BYTES ? PAGE_BITS : LARGE_PAGE_BITS;
    struct system_region record = {.name = plan_text(plan, region->name),
                                   .size = region->size,
                                   .line = region->place.line,
                                   .flags = (region->persistent ? SYSTEM_REGION_PERSISTENT : 0) |
                                            (region->has_paddr ? SYSTEM_REGION_FIXED : 0)};

    region->object = plan_object(plan, SYSTEM_FRAME, bits, region->size >> bits, SYSTEM_NONE,
                                 &region->place, job_print(plan->job, "frame_mr_%s", region->name));
    record.object = region->object;
    if (region->has_paddr) {
        plan_object_at(plan, region->object)->paddr = region->paddr;
    }
    plan_add(plan, SYSTEM_TABLE_REGIONS, &record);
}

static void add_region_fill(struct plan *plan, const struct region *region)
{
    struct system_fill fill = {.object = region->object, .kind = SYSTEM_FILL_BYTES};
    struct plan_bytes *bytes = NULL;

    if (region->prefill) {
        bytes = job_take(plan->job, sizeof(*bytes));
        *bytes =
            (struct plan_bytes){.bytes = region->prefill->bytes, .length = region->prefill->length};
    } else if (region->bootinfo_id >= 0) {
        fill.kind = SYSTEM_FILL_BOOTINFO;
        fill.source = (uint64_t)region->bootinfo_id;
        fill.length = region->size;
    } else {
        return;
    }
    plan_add(plan, SYSTEM_TABLE_FILLS, &fill);
    list_add(plan->job, &plan->fill_bytes, bytes);
}

static uint32_t add_irq(struct plan *plan, const struct component *component, const struct irq *irq)
{
    struct system_irq record = {
        .notification = plan_component(plan, component)->notification,
        .badge = UINT64_C(1) << irq->id,
        .kind = (uint16_t)irq->kind,
        .level = !irq->edge,
        .active_low = irq->active_low,
        .core = (uint16_t)component->cpu,
        .number = (uint32_t)irq->number,
        .ioapic = (uint32_t)irq->ioapic,
        .pin = (uint32_t)irq->pin,
        .bus = irq->pci.bus,
        .device = irq->pci.device,
        .function = irq->pci.function,
        .handle = (uint32_t)irq->handle,
        .line = irq->place.line,
    };

    record.object = plan_object(
        plan, SYSTEM_IRQ, 0, 1, component->index, &irq->place,
        job_print(plan->job, "irq_%llu_%s", (unsigned long long)irq->number, component->name));
    plan_object_at(plan, record.object)->argument = plan->counts[SYSTEM_TABLE_IRQS];
    plan_add(plan, SYSTEM_TABLE_IRQS, &record);
    return record.object;
}

static void add_slices(struct plan *plan)
{
    for (size_t i = 0; i < plan->system->slices.count; i++) {
        const struct slice *slice = plan->system->slices.items[i];
        struct system_slice record = {.duration = slice->duration, .domain = slice->domain};

        record.unit = slice->end     ? SYSTEM_SLICE_END
                      : slice->ticks ? SYSTEM_SLICE_TICKS
                                     : SYSTEM_SLICE_US;
        plan_add(plan, SYSTEM_TABLE_SLICES, &record);
    }
}

void compile_objects(struct plan *plan)
{
    const struct system *system = plan->system;

    for (size_t i = 0; i < system->components.count; i++) {
        add_component(plan, system->components.items[i]);
    }
    add_monitor(plan);
    for (size_t i = 0; i < system->regions.count; i++) {
        add_region(plan, system->regions.items[i]);
        add_region_fill(plan, system->regions.items[i]);
    }
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];

        for (size_t j = 0; j < component->irqs.count; j++) {
            add_irq(plan, component, component->irqs.items[j]);
        }
    }
    add_slices(plan);
}

static uint32_t add_sched(struct plan *plan, uint32_t object, unsigned core, uint64_t budget_us,
                          uint64_t period_us, uint64_t badge)
{
    struct system_sched sched = {.object = object,
                                 .core = core,
                                 .budget_us = budget_us,
                                 .period_us = period_us,
                                 .badge = badge};

    plan_add(plan, SYSTEM_TABLE_SCHEDS, &sched);
    return object;
}

/* Whom a component's faults go to, and under which badge. */
static void set_fault_handler(const struct plan *plan, const struct component *component,
                              struct system_thread *thread)
{
    if (component->parent) {
        thread->fault_endpoint = plan_component(plan, component->parent)->endpoint;
        thread->fault_badge = UINT64_C(1) << 62 | (uint64_t)component->id;
    } else {
        thread->fault_endpoint = plan->monitor.endpoint;
        thread->fault_badge = component->index + 1;
    }
}

static struct system_thread thread_of(const struct plan *plan, const struct component_plan *own)
{
    return (struct system_thread){.tcb = own->tcb,
                                  .vspace = own->vspace,
                                  .buffer = own->buffer,
                                  .sched = own->sched,
                                  .notification = own->notification,
                                  .buffer_vaddr = target_buffer_vaddr(plan->target),
                                  .pc = own->program->elf->entry,
                                  .sp = target_stack_top(plan->target),
                                  .vcpu = SYSTEM_NONE,
                                  .guest = SYSTEM_NONE};
}

static uint32_t vcpu_object(struct plan *plan, const struct component *component,
                            const struct vcpu *vcpu)
{
    return plan_object(plan, SYSTEM_VCPU, target_object_bits(plan->target, SYSTEM_VCPU), 1,
                       component->index, &vcpu->place,
                       job_print(plan->job, "vcpu_%s_%u", component->guest->name, vcpu->id));
}

static void add_cap(struct plan *plan, uint32_t cnode, unsigned slot, uint32_t object,
                    enum system_cap_meaning meaning, uint32_t line)
{
    struct system_cap cap = plan_cap(cnode, slot, object, RIGHTS_RWG, meaning, line);

    plan_add(plan, SYSTEM_TABLE_CAPS, &cap);
}

enum { SLOT_VCPU_TCB = 266, SLOT_VCPU = 330, MONITOR_SLOT_VCPU_TCB = 74 };

/* AArch64: each virtual CPU has a thread of its own. */
static void add_vcpu_thread(struct plan *plan, const struct component *component,
                            const struct vcpu *vcpu, unsigned position)
{
    const struct component_plan *own = plan_component(plan, component);
    const struct guest *guest = component->guest;
    const char *name = job_print(plan->job, "%s_%u", guest->name, vcpu->id);
    struct component named = {.name = name, .index = component->index, .place = vcpu->place};
    struct system_thread thread = {.flags = SYSTEM_THREAD_SUSPENDED,
                                   .fault_endpoint = own->endpoint,
                                   .fault_badge = UINT64_C(1) << 62 | vcpu->id,
                                   .notification = SYSTEM_NONE,
                                   .vspace = own->guest_space,
                                   .guest = SYSTEM_NONE,
                                   .priority = (uint16_t)guest->priority,
                                   .control_priority = (uint16_t)guest->priority,
                                   .core = (uint16_t)vcpu->cpu,
                                   .component = component->index};

    thread.tcb = add(plan, SYSTEM_TCB, &named, "tcb", "");
    thread.cspace = add_cnode(plan, &named, COMPONENT_SLOT_BITS, "");
    thread.cspace_guard_bits = WORD_BITS - COMPONENT_SLOT_BITS;
    thread.buffer = plan_object(plan, SYSTEM_FRAME, PAGE_BITS, 1, component->index, &vcpu->place,
                                job_print(plan->job, "frame_ipcbuf_%s", name));
    thread.sched = add_sched(plan, add(plan, SYSTEM_SCHED_CONTEXT, &named, "sched_context", ""),
                             vcpu->cpu, guest->budget_us, guest->period_us, SCHED_BADGE + position);
    thread.vcpu = vcpu_object(plan, component, vcpu);
    thread.name = plan_text(plan, name);
    plan_add(plan, SYSTEM_TABLE_THREADS, &thread);
    add_cap(plan, own->cnode, SLOT_VCPU_TCB + vcpu->id, thread.tcb, SYSTEM_CAP_VCPU_TCB,
            vcpu->place.line);
    add_cap(plan, own->cnode, SLOT_VCPU + vcpu->id, thread.vcpu, SYSTEM_CAP_VCPU, vcpu->place.line);
    add_cap(plan, plan->monitor.cnode, MONITOR_SLOT_VCPU_TCB + position, thread.tcb,
            SYSTEM_CAP_WATCHED, vcpu->place.line);
}

/* x86_64: the component's thread runs its only virtual CPU itself. */
static void join_vcpu(struct plan *plan, const struct component *component,
                      struct system_thread *thread)
{
    const struct vcpu *vcpu = component->guest->vcpus.items[0];

    thread->vcpu = vcpu_object(plan, component, vcpu);
    thread->guest = plan_component(plan, component)->guest_space;
    add_cap(plan, plan_component(plan, component)->cnode, SLOT_VCPU + vcpu->id, thread->vcpu,
            SYSTEM_CAP_VCPU, vcpu->place.line);
}

static void add_thread(struct plan *plan, const struct component *component)
{
    const struct component_plan *own = plan_component(plan, component);
    struct system_thread thread = thread_of(plan, own);

    thread.cspace = own->cnode_root;
    thread.priority = thread.control_priority = (uint16_t)component->priority;
    thread.core = (uint16_t)component->cpu;
    thread.domain = (uint16_t)(component->domain < 0 ? 0 : component->domain);
    thread.flags = component->fpu ? 0 : SYSTEM_THREAD_NO_FPU;
    thread.component = component->index;
    thread.name = plan_text(plan, component->name);
    set_fault_handler(plan, component, &thread);
    add_sched(plan, own->sched, component->cpu, component->budget_us, component->period_us,
              SCHED_BADGE + component->index);
    if (component->guest && target_is(plan->target, SYSTEM_X86_64)) {
        join_vcpu(plan, component, &thread);
    }
    plan_add(plan, SYSTEM_TABLE_THREADS, &thread);
}

/* A monitor that restarts can have much to do, and must leave time to the others. */
static void add_monitor_sched(struct plan *plan)
{
    const struct list *components = &plan->system->components;
    bool restarts = false;

    for (size_t i = 0; i < components->count; i++) {
        const struct component *component = components->items[i];

        restarts = restarts || component->restart != SYSTEM_RESTART_NEVER;
    }
    add_sched(plan, plan->monitor.sched, 0, restarts ? RESTARTER_BUDGET_US : MONITOR_BUDGET_US,
              restarts ? RESTARTER_PERIOD_US : MONITOR_BUDGET_US, 0);
}

/* On the kernel's console, which components share, it has all the time: what it says would be torn
 * otherwise. */
static uint32_t add_teller_sched(struct plan *plan)
{
    const bool shared = plan->console == SYSTEM_CONSOLE_KERNEL;

    return add_sched(plan, plan->teller.sched, 0, shared ? MONITOR_BUDGET_US : TELLER_BUDGET_US,
                     shared ? MONITOR_BUDGET_US : TELLER_PERIOD_US, 0);
}

static void add_monitor_threads(struct plan *plan)
{
    struct system_thread thread = thread_of(plan, &plan->monitor);

    thread.cspace = plan->monitor.cnode;
    thread.cspace_guard_bits =
        WORD_BITS - (uint32_t)plan_object_at(plan, plan->monitor.cnode)->argument;
    thread.priority = thread.control_priority = MONITOR_PRIORITY;
    thread.fault_endpoint = SYSTEM_NONE;
    thread.component = (uint32_t)plan->system->components.count;
    thread.name = plan_text(plan, "monitor");
    add_monitor_sched(plan);
    plan_add(plan, SYSTEM_TABLE_THREADS, &thread);
    thread.tcb = plan->teller.tcb;
    thread.buffer = plan->teller.buffer;
    thread.buffer_vaddr = plan->teller.buffer_vaddr;
    thread.priority = thread.control_priority = TELLER_PRIORITY;
    thread.flags = SYSTEM_THREAD_SUSPENDED; /* the monitor says where it starts */
    thread.name = plan_text(plan, "monitor_teller");
    thread.sched = add_teller_sched(plan);
    plan_add(plan, SYSTEM_TABLE_THREADS, &thread);
}

/* The monitor first: it must be listening before anybody can fail. */
void compile_threads(struct plan *plan)
{
    const struct list *components = &plan->system->components;
    unsigned position = 0;

    add_monitor_threads(plan);
    for (size_t i = 0; i < components->count; i++) {
        add_thread(plan, components->items[i]);
    }
    for (size_t i = 0; i < components->count; i++) {
        const struct component *component = components->items[i];

        if (!component->guest || target_is(plan->target, SYSTEM_X86_64)) {
            continue;
        }
        for (size_t j = 0; j < component->guest->vcpus.count; j++) {
            add_vcpu_thread(plan, component, component->guest->vcpus.items[j], position++);
        }
    }
}

static struct system_component component_record(struct plan *plan, const struct component_plan *own,
                                                const char *name, uint64_t stack_size)
{
    return (struct system_component){
        .name = plan_text(plan, name),
        .program = plan_text(plan, text_basename(own->program->elf->path)),
        .parent = SYSTEM_NONE,
        .tcb = own->tcb,
        .sched = own->sched,
        .notification = own->notification,
        .endpoint = own->endpoint,
        .reply = own->reply,
        .cnode_root = own->cnode_root,
        .cnode = own->cnode,
        .vspace = own->vspace,
        .entry = own->program->elf->entry,
        .stack_top = target_stack_top(plan->target),
        .stack_bottom = target_stack_top(plan->target) - stack_size,
    };
}

static void add_notices(struct plan *plan, const struct component *component,
                        struct system_component *record)
{
    record->notice_first = plan->counts[SYSTEM_TABLE_NOTICES];
    record->notice_count = (uint32_t)component->notices.count;
    for (size_t i = 0; i < component->notices.count; i++) {
        const struct restart_notice *notice = component->notices.items[i];
        struct system_notice entry = {.component = component->index,
                                      .neighbour = notice->neighbour->index,
                                      .id = notice->id,
                                      .line = notice->place.line};

        plan_add(plan, SYSTEM_TABLE_NOTICES, &entry);
    }
}

static void describe_component(struct plan *plan, const struct component *component)
{
    struct system_component record = component_record(plan, plan_component(plan, component),
                                                      component->name, component->stack_size);
    uint64_t bits = component_bits(plan->system, component);

    record.line = component->place.line;
    if (component->parent) {
        record.parent = component->parent->index;
        record.child_id = (uint32_t)component->id;
    }
    record.flags = component->passive ? SYSTEM_COMPONENT_PASSIVE : 0;
    record.restart = (uint16_t)component->restart;
    record.restarts_per_minute = (uint16_t)component->restarts_per_minute;
    record.channel_bits_low = (uint32_t)bits;
    record.channel_bits_high = (uint32_t)(bits >> 32);
    add_notices(plan, component, &record);
    plan_add(plan, SYSTEM_TABLE_COMPONENTS, &record);
}

static void describe_components(struct plan *plan)
{
    struct system_component monitor;

    for (size_t i = 0; i < plan->system->components.count; i++) {
        describe_component(plan, plan->system->components.items[i]);
    }
    monitor = component_record(plan, &plan->monitor, "monitor", MONITOR_STACK_BYTES);
    plan_add(plan, SYSTEM_TABLE_COMPONENTS, &monitor);
}

/* Copies of capabilities get the numbers after all objects, whose number is known only now. */
static void number_copies(struct plan *plan)
{
    struct system_mapping *mappings = plan_records(plan, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_MAPPINGS]; i++) {
        if (mappings[i].reserved) {
            mappings[i].reserved = 0;
            mappings[i].cap_id += (uint32_t)plan->object_total;
        }
    }
    plan->cap_total += plan->object_total;
    if (plan->cap_total > SYSTEM_OBJECTS_MAX) {
        refuse(plan->job, RULE_OBJECT_COUNT, NULL, NULL,
               "the system needs %llu capabilities for objects and mappings, at most %d",
               (unsigned long long)plan->cap_total, SYSTEM_OBJECTS_MAX);
    }
}

struct plan *compile_system(const struct system_source *source, const struct system *system,
                            struct program **programs, struct program *monitor,
                            uint64_t image_pages)
{
    struct plan *plan = plan_new(source->job, source->target, system);

    for (size_t i = 0; i < system->components.count; i++) {
        plan->components[i].program = programs[i];
    }
    plan->monitor.program = monitor;
    plan->image_pages = image_pages;
    plan->console = compile_console(plan, source->console);
    plan->monitor_flags = source->fault_json ? SYSTEM_MONITOR_JSON : 0;
    for (size_t i = 0; i < system->regions.count; i++) {
        ((struct region *)system->regions.items[i])->mapped = 0;
    }
    compile_objects(plan);
    compile_spaces(plan);
    compile_caps(plan);
    compile_monitor_caps(plan);
    compile_threads(plan);
    describe_components(plan);
    number_copies(plan);
    return plan;
}
