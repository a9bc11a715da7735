// SPDX-License-Identifier: BSD-2-Clause
#include "plan.h"
#include <string.h>

struct plan *plan_new(struct job *job, const struct target *target, const struct system *system)
{
    struct plan *plan = job_take(job, sizeof(*plan));

    plan->job = job;
    plan->target = target;
    plan->system = system;
    for (unsigned kind = 0; kind < SYSTEM_TABLE_COUNT; kind++) {
        plan->tables[kind].job = job;
    }
    plan->components = job_take(job, system->components.count * sizeof(*plan->components));
    plan_text(plan, "");
    return plan;
}

uint32_t plan_add(struct plan *plan, enum system_table_kind kind, const void *record)
{
    text_add(&plan->tables[kind], record, system_record_bytes(kind));
    return plan->counts[kind]++;
}

uint32_t plan_text(struct plan *plan, const char *text)
{
    struct text *strings = &plan->tables[SYSTEM_TABLE_STRINGS];
    const uint32_t *found = names_find(&plan->texts, text);
    uint32_t *offset;

    if (found) {
        return *found;
    }
    offset = job_take(plan->job, sizeof(*offset));
    *offset = (uint32_t)strings->length;
    text_add(strings, text, strlen(text) + 1);
    plan->counts[SYSTEM_TABLE_STRINGS] = (uint32_t)strings->length;
    names_add(plan->job, &plan->texts, job_copy(plan->job, text, strlen(text)), offset);
    return *offset;
}

uint32_t plan_object(struct plan *plan, enum system_object_kind kind, unsigned size_bits,
                     uint64_t count, uint32_t component, const struct place *place,
                     const char *name)
{
    struct system_object object = {.kind = (uint8_t)kind,
                                   .size_bits = (uint8_t)size_bits,
                                   .paddr = SYSTEM_NO_PADDR,
                                   .component = component,
                                   .line = place ? place->line : 0};

    if (count > SYSTEM_OBJECTS_MAX || plan->object_total + count > SYSTEM_OBJECTS_MAX) {
        refuse(plan->job, RULE_OBJECT_COUNT, place, NULL,
               "the system has more than %d objects; '%s' alone is %llu", SYSTEM_OBJECTS_MAX, name,
               (unsigned long long)count);
    }
    object.count = (uint32_t)count;
    object.id = (uint32_t)plan->object_total;
    object.name = plan_text(plan, name);
    plan->object_total += count;
    return plan_add(plan, SYSTEM_TABLE_OBJECTS, &object);
}

void *plan_records(const struct plan *plan, enum system_table_kind kind)
{
    return plan->tables[kind].bytes;
}

struct system_object *plan_object_at(const struct plan *plan, uint32_t object)
{
    return (struct system_object *)plan_records(plan, SYSTEM_TABLE_OBJECTS) + object;
}

struct system_cap plan_cap(uint32_t cnode, unsigned slot, uint32_t object, unsigned rights,
                           enum system_cap_meaning meaning, uint32_t line)
{
    return (struct system_cap){.cnode = cnode,
                               .slot = slot,
                               .object = object,
                               .rights = (uint16_t)rights,
                               .meaning = (uint16_t)meaning,
                               .peer = SYSTEM_NONE,
                               .line = line,
                               .count = 1};
}

const struct component_plan *plan_component(const struct plan *plan,
                                            const struct component *component)
{
    return &plan->components[component->index];
}
