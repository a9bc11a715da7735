// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"
#include <string.h>

static const struct system_cap *caps_of(const struct plan *plan)
{
    return plan_records(plan, SYSTEM_TABLE_CAPS);
}

static void print_irqs(struct text *out, const struct plan *plan)
{
    static const char *const kinds[] = {"", "interrupt", "IOAPIC vector", "MSI vector"};
    const struct system_irq *irqs = plan_records(plan, SYSTEM_TABLE_IRQS);

    text_print(out, "# IRQ details\n\n");
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_IRQS]; i++) {
        const struct system_irq *irq = &irqs[i];

        text_print(out, "- %s: %s %u, %s triggered", report_object_name(plan, irq->object),
                   kinds[irq->kind], irq->number, irq->level ? "level" : "edge");
        if (irq->kind == SYSTEM_IRQ_PLAIN) {
            text_print(out, ", core %u\n", irq->core);
        } else if (irq->kind == SYSTEM_IRQ_IOAPIC) {
            text_print(out, ", IOAPIC %u, pin %u, active %s\n", irq->ioapic, irq->pin,
                       irq->active_low ? "low" : "high");
        } else {
            text_print(out, ", PCI bus %u, device %u, function %u, handle %u\n", irq->bus,
                       irq->device, irq->function, irq->handle);
        }
    }
}

static void print_bound(struct text *out, const struct plan *plan, const char *what,
                        uint32_t object)
{
    if (object != SYSTEM_NONE) {
        text_print(out, "    %s: %s\n", what, report_object_name(plan, object));
    }
}

static void print_threads(struct text *out, const struct plan *plan)
{
    const struct system_thread *threads = plan_records(plan, SYSTEM_TABLE_THREADS);

    text_print(out, "\n# TCB details\n\n");
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_THREADS]; i++) {
        const struct system_thread *thread = &threads[i];

        text_print(out, "- %s\n    IP: 0x%llx\n    SP: 0x%llx\n    IPC buffer: 0x%llx\n",
                   report_object_name(plan, thread->tcb), (unsigned long long)thread->pc,
                   (unsigned long long)thread->sp, (unsigned long long)thread->buffer_vaddr);
        text_print(out, "    priority: %u\n    CPU: %u\n", thread->priority, thread->core);
        print_bound(out, plan, "CSpace", thread->cspace);
        print_bound(out, plan, "address space", thread->vspace);
        print_bound(out, plan, "IPC buffer frame", thread->buffer);
        print_bound(out, plan, "fault endpoint", thread->fault_endpoint);
        print_bound(out, plan, "scheduling context", thread->sched);
        print_bound(out, plan, "notification", thread->notification);
        print_bound(out, plan, "vCPU", thread->vcpu);
        print_bound(out, plan, "guest root", thread->guest);
    }
}

static void print_cnode(struct text *out, const struct plan *plan, uint32_t cnode)
{
    const struct system_cap *caps = caps_of(plan);

    text_print(out, "- %s, %llu slots\n", report_object_name(plan, cnode),
               1ull << plan_object_at(plan, cnode)->argument);
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_CAPS]; i++) {
        const struct system_cap *cap = &caps[i];

        if (cap->cnode != cnode) {
            continue;
        }
        text_print(out, "    0x%03x: %s", cap->slot, report_object_name(plan, cap->object));
        if (cap->count > 1) {
            text_print(out, " (%u, up to slot 0x%x)", cap->count, cap->slot + cap->count - 1);
        }
        text_print(out, ", %s", report_rights(plan->job, cap->rights));
        if (cap->badge) {
            text_print(out, ", badge 0x%llx", (unsigned long long)cap->badge);
        }
        text_print(out, "\n");
    }
}

static void print_cnodes(struct text *out, const struct plan *plan)
{
    text_print(out, "\n# CNode details\n\n");
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        if (plan_object_at(plan, i)->kind == SYSTEM_CNODE) {
            print_cnode(out, plan, i);
        }
    }
}

static void print_architecture(struct text *out, const struct plan *plan)
{
    text_print(out, "\n# Architecture details\n\n");
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        const struct system_object *object = plan_object_at(plan, i);

        if (object->kind == SYSTEM_IO_PORTS) {
            text_print(out, "- %s: ports 0x%llx..0x%llx\n", report_object_name(plan, i),
                       (unsigned long long)object->argument & 0xffff,
                       (unsigned long long)object->argument >> 16);
        } else if (object->kind == SYSTEM_SMC) {
            text_print(out, "- SMC calls are granted to '%s'\n",
                       report_component_name(plan, object->component));
        }
    }
}

static const char *const kind_names[SYSTEM_OBJECT_KINDS] = {"untyped",
                                                            "TCB",
                                                            "endpoint",
                                                            "notification",
                                                            "reply",
                                                            "CNode",
                                                            "scheduling context",
                                                            "frame",
                                                            "address space",
                                                            "page table",
                                                            "vCPU",
                                                            "guest address space",
                                                            "guest page table",
                                                            "I/O page table",
                                                            "ASID pool",
                                                            "IRQ handler",
                                                            "I/O ports",
                                                            "I/O address space",
                                                            "image frame",
                                                            "SMC",
                                                            "scheduling control",
                                                            "IRQ control",
                                                            "I/O port control"};

static void print_objects(struct text *out, const struct plan *plan)
{
    text_print(out, "\n# Kernel object details\n\n");
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        const struct system_object *object = plan_object_at(plan, i);

        text_print(out, "- %u: %s, %s", object->id, kind_names[object->kind],
                   report_object_name(plan, i));
        if (object->count > 1) {
            text_print(out, "_%09u..%09u", 0, object->count - 1);
        }
        if (object->paddr != SYSTEM_NO_PADDR) {
            text_print(out, ", physical address 0x%llx", (unsigned long long)object->paddr);
        }
        text_print(out, "\n");
    }
}

static void print_memory_row(struct text *out, const struct plan *plan, uint32_t component)
{
    struct component_memory memory = report_memory(plan, component);

    text_print(out, "%-24s %9llu %9llu %9llu %9llu %9llu %9llu\n",
               report_component_name(plan, component), (unsigned long long)memory.code >> 10,
               (unsigned long long)memory.data >> 10, (unsigned long long)memory.stack >> 10,
               (unsigned long long)memory.tables >> 10,
               (unsigned long long)(memory.objects + memory.buffer + 1023) >> 10,
               (unsigned long long)memory.untyped >> 10);
}

static void print_memory(struct text *out, const struct build *build)
{
    const struct plan *plan = build->plan;
    const struct memory_use *use = &build->memory;

    text_print(out, "\n# Memory of each component, in KiB\n\n%-24s %9s %9s %9s %9s %9s %9s\n", "",
               "code", "data", "stack", "tables", "objects", "untyped");
    for (uint32_t i = 0; i <= plan->system->components.count; i++) {
        print_memory_row(out, plan, i);
    }
    text_print(out, "\n# Memory regions\n\n");
    for (size_t i = 0; i < plan->system->regions.count; i++) {
        const struct region *region = plan->system->regions.items[i];

        text_print(out, "- %s: %s, mapped %u times", region->name,
                   report_size(plan->job, region->size), region->mapped);
        if (region->has_paddr || region->wants_paddr) {
            text_print(out, ", physical address 0x%llx", (unsigned long long)region->paddr);
        }
        text_print(out, "\n");
    }
    text_print(out, "\n# Memory of the machine\n\n- all: %s\n",
               report_size(plan->job, use->ram_bytes));
    text_print(out, "- kernel and initial task: %s\n", report_size(plan->job, use->kernel_bytes));
    text_print(out, "- objects: %s\n", report_size(plan->job, use->object_bytes));
    text_print(out, "- at fixed addresses: %s\n", report_size(plan->job, use->fixed_bytes));
    text_print(out, "- left: %s\n", report_size(plan->job, use->left_bytes));
    text_print(out, "- device memory: %s\n", report_size(plan->job, use->device_bytes));
}

static void print_grants_of(struct text *out, const struct plan *plan, uint32_t wanted)
{
    const struct system_cap *caps = caps_of(plan);

    text_print(out, "%s\n", report_component_name(plan, wanted));
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_CAPS]; i++) {
        uint32_t owner;
        uint64_t address;

        if (!report_cap_owner(plan, &caps[i], &owner, &address) || owner != wanted) {
            continue;
        }
        text_print(out, "    0x%llx: %s, %s", (unsigned long long)address,
                   report_object_name(plan, caps[i].object), report_cap_words(plan, &caps[i]));
        if (caps[i].line) {
            text_print(out, " (%s:%u)", plan->system->file, caps[i].line);
        }
        text_print(out, "\n");
    }
}

static void print_grants(struct text *out, const struct plan *plan)
{
    text_print(out, "\n# Capabilities of each component, and the line that grants them\n\n");
    for (uint32_t i = 0; i <= plan->system->components.count; i++) {
        print_grants_of(out, plan, i);
    }
}

void report_text(struct text *out, const struct build *build)
{
    const struct plan *plan = build->plan;

    text_print(out, "# Initial task details\n\n- image: %s\n- system description: %s\n\n",
               report_size(plan->job, build->task.length),
               report_size(plan->job, build->block.length));
    print_irqs(out, plan);
    print_threads(out, plan);
    print_cnodes(out, plan);
    print_architecture(out, plan);
    print_objects(out, plan);
    print_memory(out, build);
    print_grants(out, plan);
}
