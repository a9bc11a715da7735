// SPDX-License-Identifier: BSD-2-Clause
/*
 * A compiled description while it grows: the tables of proto/system_image.h, and what the builder
 * has to remember beside them. compile.c fills it, memory.c holds it against the machine, image.c
 * writes it, the reports read it.
 */
#pragma once
#include "elf.h"
#include "model.h"
#include <proto/system_image.h>

enum {
    RIGHTS_RW = SYSTEM_READ | SYSTEM_WRITE,
    RIGHTS_RWG = SYSTEM_READ | SYSTEM_WRITE | SYSTEM_GRANT,
    MONITOR_STACK_BYTES = 0x1000,
};

/* Bytes for a frame run: what a fill of the table copies. */
struct plan_bytes {
    const unsigned char *bytes;
    const struct program_segment *segment; /* if not null, its bytes: they change until the end */
    uint64_t length;
};

/* The objects of one component, or of the monitor; SYSTEM_NONE where it has none. */
struct component_plan {
    struct program *program;
    uint32_t tcb, sched, notification, endpoint, reply, cnode_root, cnode, vspace;
    uint32_t buffer, stack, segments[SEGMENTS_MAX];
    uint32_t guest_space;
};

/* The monitor's second thread, which tells what the first has found out. */
struct teller_plan {
    uint32_t tcb, sched, notification, buffer;
    uint64_t buffer_vaddr;
};

struct plan {
    struct job *job;
    const struct target *target;
    const struct system *system;
    struct text tables[SYSTEM_TABLE_COUNT];
    uint32_t counts[SYSTEM_TABLE_COUNT];
    struct names texts;
    struct list fill_bytes; /* one struct plan_bytes for each fill, null for boot information */
    uint64_t object_total, cap_total;
    struct component_plan *components; /* as many as components of the system */
    struct component_plan monitor;
    struct teller_plan teller;
    uint32_t monitor_probe; /* a scheduling context without time */
    uint64_t monitor_image_vaddr, monitor_window, monitor_large_window, monitor_clock;
    enum system_console console;
    uint32_t monitor_flags;
    uint64_t image_pages; /* of the finished block, once known; 1 before */
    uint32_t monitor_image_object;
};

struct plan *plan_new(struct job *job, const struct target *target, const struct system *system);

/* Adds a record and gives its index. */
uint32_t plan_add(struct plan *plan, enum system_table_kind kind, const void *record);
/* The offset of a text in the table of strings. */
uint32_t plan_text(struct plan *plan, const char *text);
/* Adds a run. `component` may be SYSTEM_NONE. Refuses what has too many objects. */
uint32_t plan_object(struct plan *plan, enum system_object_kind kind, unsigned size_bits,
                     uint64_t count, uint32_t component, const struct place *place,
                     const char *name);

/* First record of a table. Good until the next one is added, as is the object below. */
void *plan_records(const struct plan *plan, enum system_table_kind kind);
struct system_object *plan_object_at(const struct plan *plan, uint32_t object);
/* One capability, without badge and peer. */
struct system_cap plan_cap(uint32_t cnode, unsigned slot, uint32_t object, unsigned rights,
                           enum system_cap_meaning meaning, uint32_t line);
const struct component_plan *plan_component(const struct plan *plan,
                                            const struct component *component);
