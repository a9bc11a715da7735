// SPDX-License-Identifier: BSD-2-Clause
#include "spaces.h"

#include "arch.h"
#include "report.h"

#include <tiny/string.h>

void spaces_assign(struct job *job)
{
    for (uint32_t object = 0; object < system_count(job->image, SYSTEM_TABLE_OBJECTS); object++) {
        const struct system_object *run = &job->objects[object];

        if (run->kind != SYSTEM_VSPACE && run->kind != SYSTEM_GUEST_VSPACE) {
            continue;
        }
        for (uint32_t i = 0; i < run->count; i++) {
            report_answer(arch_assign_asid(job_cap(job, object, i)), "giving it a number", object,
                          SYSTEM_NONE, 0);
        }
    }
}

/* The bytes of a fill, and how many there really are. */
static const char *fill_bytes(const struct job *job, const struct system_fill *fill,
                              uint64_t *length)
{
    const seL4_BootInfoHeader *record;

    *length = fill->length;
    if (fill->kind == SYSTEM_FILL_BYTES) {
        return (const char *)job->image + fill->source;
    }
    record = job_boot_record(job, fill->source);
    if (!record || record->len < *length) {
        *length = record ? record->len : 0;
    }
    return (const char *)record;
}

/* The part of a fill that lies in one frame. */
static void fill_frame(struct job *job, uint32_t object, uint64_t at, const char *bytes,
                       uint64_t length)
{
    const unsigned size_bits = job->objects[object].size_bits;
    const seL4_CPtr frame = job_cap(job, object, (uint32_t)(at >> size_bits));
    const uint64_t within = at & ((UINT64_C(1) << size_bits) - 1);
    void *window;

    report_answer(arch_map_window(frame, size_bits, &window), "mapping it to fill it", object,
                  SYSTEM_NONE, 0);
    memcpy((char *)window + within, bytes, length);
    report_answer(arch_unmap_window(frame), "unmapping it when it was filled", object, SYSTEM_NONE,
                  0);
}

static void fill_run(struct job *job, const struct system_fill *fill)
{
    const uint64_t size = UINT64_C(1) << job->objects[fill->object].size_bits;
    uint64_t length;
    const char *bytes = fill_bytes(job, fill, &length);

    for (uint64_t done = 0; done < length;) {
        const uint64_t at = fill->at + done;
        uint64_t part = size - at % size;

        if (part > length - done) {
            part = length - done;
        }
        fill_frame(job, fill->object, at, bytes + done, part);
        done += part;
    }
}

void spaces_fill(struct job *job)
{
    const struct system_fill *fills = system_table(job->image, SYSTEM_TABLE_FILLS);

    arch_open_window(job);
    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_FILLS); i++) {
        fill_run(job, &fills[i]);
    }
}

/* A capability maps a frame once: for more, and for what the initialiser itself sees, a copy. */
static seL4_CPtr mapping_cap(struct job *job, const struct system_mapping *map, uint32_t i)
{
    const seL4_CPtr own = job_cap(job, map->object, map->first + i);
    seL4_CPtr slot = job->base + map->cap_id + i;

    if (map->cap_id < job->image->object_total &&
        job->objects[map->object].kind != SYSTEM_IMAGE_FRAMES) {
        return own;
    }
    report_answer(seL4_CNode_Copy(seL4_CapInitThreadCNode, slot, seL4_WordBits,
                                  seL4_CapInitThreadCNode, own, seL4_WordBits, seL4_AllRights),
                  "copying it to map it again", map->object, map->component, map->line);
    return slot;
}

static bool is_table(const struct system_object *run)
{
    return run->kind != SYSTEM_FRAME && run->kind != SYSTEM_IMAGE_FRAMES;
}

static void map_run(struct job *job, const struct system_mapping *map)
{
    const struct system_object *run = &job->objects[map->object];
    const struct system_object *space = &job->objects[map->vspace];
    const seL4_CPtr space_cap = job_cap(job, map->vspace, 0);

    for (uint32_t i = 0; i < map->count; i++) {
        const seL4_CPtr cap = mapping_cap(job, map, i);
        const uint64_t vaddr = map->vaddr + i * map->stride;

        report_answer(is_table(run) ? arch_map_table(run, cap, space, space_cap, vaddr)
                                    : arch_map_frame(cap, space, space_cap, vaddr, map->rights),
                      "mapping it", map->object, map->component, map->line);
    }
}

/* The first mapping in an I/O address space comes upon its missing upper levels. */
static void add_io_levels(struct job *job, const struct system_mapping *map,
                          const struct system_mapping *previous)
{
    if (job->objects[map->vspace].kind == SYSTEM_IO_SPACE &&
        (!previous || previous->vspace != map->vspace)) {
        arch_add_io_levels(job, map->vspace, map->vaddr);
    }
}

void spaces_map(struct job *job)
{
    const struct system_mapping *maps = system_table(job->image, SYSTEM_TABLE_MAPPINGS);

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_MAPPINGS); i++) {
        add_io_levels(job, &maps[i], i ? &maps[i - 1] : NULL);
        map_run(job, &maps[i]);
    }
}
