// SPDX-License-Identifier: BSD-2-Clause
/* What all forms of the report say, once. */
#include "report.h"
#include <string.h>

const char *report_size(struct job *job, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    unsigned unit = 0;

    while (unit < 3 && bytes >> 10 * (unit + 1)) {
        unit++;
    }
    if (bytes & ((UINT64_C(1) << 10 * unit) - 1)) {
        return job_print(job, "%.2f %s", (double)bytes / (double)(UINT64_C(1) << 10 * unit),
                         units[unit]);
    }
    return job_print(job, "%llu %s", (unsigned long long)(bytes >> 10 * unit), units[unit]);
}

const char *report_component_name(const struct plan *plan, uint32_t component)
{
    if (component < plan->system->components.count) {
        return ((struct component *)plan->system->components.items[component])->name;
    }
    return component == SYSTEM_NONE ? "" : "monitor";
}

const char *report_object_name(const struct plan *plan, uint32_t object)
{
    return plan->tables[SYSTEM_TABLE_STRINGS].bytes + plan_object_at(plan, object)->name;
}

const char *report_rights(struct job *job, unsigned rights)
{
    return job_print(job, "%s%s%s%s%s", rights & SYSTEM_READ ? "r" : "",
                     rights & SYSTEM_WRITE ? "w" : "", rights & SYSTEM_EXECUTE ? "x" : "",
                     rights & SYSTEM_GRANT ? "g" : "", rights & SYSTEM_UNCACHED ? " uncached" : "");
}

/* Frames of a component that are its own, by what they are mapped for. */
static void add_mapping(const struct plan *plan, const struct system_mapping *mapping,
                        struct component_memory *memory)
{
    const struct system_object *object = plan_object_at(plan, mapping->object);
    uint64_t bytes = (uint64_t)mapping->count << object->size_bits;

    switch (mapping->use) {
    case SYSTEM_MAP_TABLE: memory->tables += bytes; break;
    case SYSTEM_MAP_PROGRAM:
        *(mapping->rights & SYSTEM_WRITE ? &memory->data : &memory->code) += bytes;
        break;
    case SYSTEM_MAP_STACK: memory->stack += bytes; break;
    case SYSTEM_MAP_IPC_BUFFER: memory->buffer += bytes; break;
    case SYSTEM_MAP_REGION: memory->regions += bytes; break;
    default: break;
    }
}

struct component_memory report_memory(const struct plan *plan, uint32_t component)
{
    const struct system_mapping *mappings = plan_records(plan, SYSTEM_TABLE_MAPPINGS);
    struct component_memory memory = {0};

    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_MAPPINGS]; i++) {
        if (mappings[i].component == component) {
            add_mapping(plan, &mappings[i], &memory);
        }
    }
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        const struct system_object *object = plan_object_at(plan, i);
        uint64_t bytes = (uint64_t)object->count << object->size_bits;

        if (object->component != component || object->kind >= SYSTEM_MEMORY_KINDS ||
            object->kind == SYSTEM_FRAME || object->kind == SYSTEM_PAGE_TABLE ||
            object->kind == SYSTEM_GUEST_TABLE) {
            continue;
        }
        *(object->kind == SYSTEM_UNTYPED ? &memory.untyped : &memory.objects) += bytes;
    }
    return memory;
}

bool report_cap_owner(const struct plan *plan, const struct system_cap *cap, uint32_t *component,
                      uint64_t *address)
{
    enum { ROOT_SHIFT = 58 };

    for (uint32_t i = 0; i < plan->system->components.count; i++) {
        const struct component_plan *own = &plan->components[i];

        if (cap->cnode == own->cnode || cap->cnode == own->cnode_root) {
            *component = i;
            *address = cap->cnode == own->cnode ? cap->slot : (uint64_t)cap->slot << ROOT_SHIFT;
            return true;
        }
    }
    *component = (uint32_t)plan->system->components.count;
    *address = cap->slot;
    return cap->cnode == plan->monitor.cnode;
}

/* Of a notification or endpoint that leads to another component. */
static const char *peer_words(const struct plan *plan, const struct system_cap *cap,
                              const char *deed)
{
    return job_print(plan->job, "%s '%s'", deed, report_component_name(plan, cap->peer));
}

const char *report_cap_words(const struct plan *plan, const struct system_cap *cap)
{
    switch ((enum system_cap_meaning)cap->meaning) {
    case SYSTEM_CAP_CNODE: return "the slots below 512";
    case SYSTEM_CAP_INPUT: return "where it receives";
    case SYSTEM_CAP_FAULT: return peer_words(plan, cap, "reports its faults to");
    case SYSTEM_CAP_VSPACE: return "its own address space";
    case SYSTEM_CAP_REPLY: return "its reply object";
    case SYSTEM_CAP_MONITOR: return "asks the monitor to be passive, or restarted";
    case SYSTEM_CAP_OWN_TCB: return "its own thread";
    case SYSTEM_CAP_SMC: return "secure monitor calls";
    case SYSTEM_CAP_NOTIFY: return peer_words(plan, cap, "may notify");
    case SYSTEM_CAP_CALL: return peer_words(plan, cap, "may call");
    case SYSTEM_CAP_IRQ: return "acknowledges an interrupt";
    case SYSTEM_CAP_CHILD: return peer_words(plan, cap, "controls its child");
    case SYSTEM_CAP_VCPU_TCB: return "controls a virtual CPU's thread";
    case SYSTEM_CAP_VCPU: return "controls a virtual CPU";
    case SYSTEM_CAP_IO_PORTS: return "uses I/O ports";
    case SYSTEM_CAP_USER: return "asked for in <cspace>";
    case SYSTEM_CAP_WATCHED:
        return cap->peer == SYSTEM_NONE ? "finds out whether a thread waits"
                                        : peer_words(plan, cap, "watches");
    case SYSTEM_CAP_RESTART: return peer_words(plan, cap, "restarts");
    case SYSTEM_CAP_TELLER: return "its thread that prints";
    case SYSTEM_CAP_MEANINGS: break;
    }
    return "";
}
