// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a program needs of its own to make processes: a pool of memory and slots, its address
 * space, a window into others' memory, and the right to give address spaces and time. Two kinds
 * of program can set it up; what is above does not know which.
 *
 * Both functions put the pool's CNodes into the caller's own CSpace, so that every capability of
 * the pool has an address for system calls:
 *
 *   root task     its CSpace gets a new root CNode of 256 slots; slot 0 leads to the old one, with
 *                 a guard that leaves all addresses as they were
 *   component     its root CNode of 64 slots stays; the pool takes those that are free
 */
#pragma once

#include <process/pool.h>
#include <process/space.h>
#include <process/window.h>

struct home {
    struct pool pool;
    struct space space; /* the caller's own */
    struct window window;
    seL4_CPtr tcb; /* authority over priorities */
    seL4_CPtr asid_pool, sched_control;
    seL4_CPtr first_untyped; /* the one that was cut up for a beginning */
};

struct home_memory {
    void *records; /* for bookkeeping (records.h says how much); taken */
    size_t records_bytes;
    seL4_Word start, end; /* addresses of the caller's space where nothing is mapped by others */
    unsigned table_bits;  /* log2 of the slots of a CNode: 6 to 11; 0: 10 */
};

/* Takes all RAM that the boot information lists, and empty slots from the first one on. */
enum process_status home_of_root_task(struct home *home, const seL4_BootInfo *info,
                                      const struct home_memory *memory) PROCESS_MUST_USE;

/* A component's capabilities, by the slots of its root CNode (docs/system-extensions.md). */
struct home_slots {
    unsigned cnode, tcb, vspace, asid_pool, sched_control;
    unsigned first_free, free_count; /* slots side by side for the pool: 4 or more */
    const struct home_untyped {
        unsigned slot, bits;
    } * untyped;
    unsigned untyped_count;
};

enum process_status home_of_component(struct home *home, const struct home_slots *slots,
                                      const struct home_memory *memory) PROCESS_MUST_USE;
