// SPDX-License-Identifier: BSD-2-Clause
/* Page tables and mappings of one address space. */
#include "compile.h"
#include <stdlib.h>
#include <string.h>

/* Tables first .. last of a level, counted in spans from address 0. */
struct table_run {
    uint64_t first, last;
};

static int compare_runs(const void *a, const void *b)
{
    const struct table_run *left = a, *right = b;

    return left->first < right->first ? -1 : left->first > right->first;
}

static uint64_t frames_end(const struct plan *plan, const struct mapped_frames *frames)
{
    const struct system_object *object;

    if (frames->object == SYSTEM_NONE) {
        return frames->vaddr + PAGE_BYTES;
    }
    object = plan_object_at(plan, frames->object);
    return frames->vaddr + ((uint64_t)object->count << object->size_bits);
}

/* Which tables of a level the ranges need; sorted and without overlap. */
static size_t needed_tables(const struct plan *plan, const struct space_plan *space,
                            unsigned span_bits, struct table_run *runs)
{
    size_t count = 0, merged = 0;

    for (size_t i = 0; i < space->count; i++) {
        const struct mapped_frames *frames = &space->frames[i];
        unsigned frame_bits = frames->object == SYSTEM_NONE
                                  ? PAGE_BITS
                                  : plan_object_at(plan, frames->object)->size_bits;

        if (span_bits > frame_bits) {
            runs[count++] = (struct table_run){frames->vaddr >> span_bits,
                                               (frames_end(plan, frames) - 1) >> span_bits};
        }
    }
    qsort(runs, count, sizeof(*runs), compare_runs);
    for (size_t i = 0; i < count; i++) {
        if (merged && runs[i].first <= runs[merged - 1].last + 1) {
            if (runs[i].last > runs[merged - 1].last) {
                runs[merged - 1].last = runs[i].last;
            }
        } else {
            runs[merged++] = runs[i];
        }
    }
    return merged;
}

static void add_tables(struct plan *plan, const struct space_plan *space, unsigned span_bits,
                       const struct table_run *run)
{
    uint64_t count = run->last - run->first + 1;
    struct system_mapping mapping = {.vspace = space->vspace,
                                     .count = (uint32_t)count,
                                     .vaddr = run->first << span_bits,
                                     .stride = UINT64_C(1) << span_bits,
                                     .use = SYSTEM_MAP_TABLE,
                                     .region = SYSTEM_NONE,
                                     .component = space->component};

    mapping.object =
        plan_object(plan, space->table_kind, target_object_bits(plan->target, space->table_kind),
                    count, space->component, space->place,
                    job_print(plan->job, "table_%s_%u_0x%llx", space->name, span_bits,
                              (unsigned long long)mapping.vaddr));
    plan_object_at(plan, mapping.object)->argument = span_bits;
    mapping.cap_id = plan_object_at(plan, mapping.object)->id;
    plan_add(plan, SYSTEM_TABLE_MAPPINGS, &mapping);
}

static void add_frames(struct plan *plan, const struct space_plan *space,
                       const struct mapped_frames *frames)
{
    const struct system_object *object = plan_object_at(plan, frames->object);
    struct system_mapping mapping = {.vspace = space->vspace,
                                     .object = frames->object,
                                     .count = object->count,
                                     .vaddr = frames->vaddr,
                                     .stride = UINT64_C(1) << object->size_bits,
                                     .rights = (uint16_t)frames->rights,
                                     .use = (uint16_t)frames->use,
                                     .cap_id = object->id,
                                     .region = frames->region,
                                     .component = space->component,
                                     .line = frames->line};

    if (frames->copies) {
        mapping.cap_id = (uint32_t)plan->cap_total;
        mapping.reserved = 1; /* until number_copies() */
        plan->cap_total += object->count;
    }
    plan_add(plan, SYSTEM_TABLE_MAPPINGS, &mapping);
}

void compile_space(struct plan *plan, const struct space_plan *space)
{
    const struct space_shape *shape = &plan->target->space;
    struct table_run *runs = job_take(plan->job, space->count * sizeof(*runs));

    for (unsigned level = 0; level < shape->level_count; level++) {
        size_t count = needed_tables(plan, space, shape->span_bits[level], runs);

        for (size_t i = 0; i < count; i++) {
            add_tables(plan, space, shape->span_bits[level], &runs[i]);
        }
    }
    for (size_t i = 0; i < space->count; i++) {
        if (space->frames[i].object != SYSTEM_NONE) {
            add_frames(plan, space, &space->frames[i]);
        }
    }
}
