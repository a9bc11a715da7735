// SPDX-License-Identifier: BSD-2-Clause
/*
 * Objects from untyped memory, each of which can be given back.
 *
 * The kernel hands an untyped object's memory out from the bottom up and takes it back only when
 * nothing made from it is left. So every object here is made from an untyped object that is as
 * large as itself and has no other child; larger ones are split into two halves as often as
 * needed, and two free halves become one again at once. What is given back is therefore in the
 * state it was in before, whatever happened in between and in whichever order.
 *
 *   block:   FREE --split--> SPLIT --both halves free--> FREE
 *            FREE --pool_new--> USED --pool_free--> FREE
 *
 * Untyped capabilities and objects take a slot each; the slots are in CNodes that are themselves
 * made from this memory when the others are full. The memory for the next one is always set aside
 * (pool.spare): when slots are needed there are none left to split anything with.
 *
 * Not thread-safe; who has several threads locks around it.
 */
#pragma once

#include <process/records.h>
#include <process/slots.h>
#include <process/status.h>

enum { POOL_SIZES = seL4_MaxUntypedBits + 1, POOL_RUN_MAX = SLOT_RUN_MAX };

/* What pool_new() gives; kept and given back by the caller. */
struct object {
    seL4_CPtr cap; /* of a run: the first; the others follow it */
    struct block *block;
};

struct pool_setup {
    seL4_CPtr root;           /* slots.h: our root CNode, with no guard */
    uint8_t root_bits;        /* log2 of its slots */
    uint8_t table_bits;       /* log2 of the slots of a table: 6 to 11 */
    uint16_t first_root_slot; /* root slots that the pool may use: one for each table, and the */
    uint16_t root_slot_count; /* last one for a moment */
    void *records;            /* memory for bookkeeping; taken */
    size_t records_bytes;
};

struct pool {
    struct records records;
    struct slots slots;
    seL4_Word hand; /* a root slot that is empty between calls */
    struct block *free[POOL_SIZES];
    uint64_t free_sizes; /* a bit is set: free[] has one of this size */
    size_t free_bytes;
    struct block *spare; /* memory for the next table, in no list; null: it could not be had */
    bool is_growing;
    seL4_Error refusal; /* the kernel's last, for messages */
};

/*
 * What there is; two pools with the same figures have the same left. If the memory for the next
 * table could once not be had, any later call may set it aside, and be it one that fails.
 */
struct pool_figures {
    size_t free_bytes, free_slots, free_records, tables;
    size_t set_aside_bytes; /* for the next table; 0: it could not be had */
};

void pool_init(struct pool *pool, const struct pool_setup *setup);

/* Adds a piece of untyped memory: a capability without children, of 2^bits bytes, that is not a
 * device's. Borrowed until the end. The first one also has to hold the first table. */
enum process_status pool_add(struct pool *pool, seL4_CPtr untyped, unsigned bits) PROCESS_MUST_USE;

/*
 * An object of any type that Retype knows, with the capability to it. size_bits as for Retype:
 * log2 of the slots of a CNode, of the bytes of untyped memory or a scheduling context.
 */
enum process_status pool_new(struct pool *pool, seL4_Word type, unsigned size_bits,
                             struct object *object) PROCESS_MUST_USE;

/* The same `count` times (1 to POOL_RUN_MAX), side by side in memory and in slots: made by one
 * call and given back as one. A power of two wastes nothing. */
enum process_status pool_new_run(struct pool *pool, seL4_Word type, unsigned size_bits,
                                 unsigned count, struct object *object) PROCESS_MUST_USE;

/* Takes every capability to the object away, wherever it is, and its memory back. */
void pool_free(struct pool *pool, struct object object);

/* ---- slots for other capabilities ---- */

enum process_status pool_new_slot(struct pool *pool, seL4_CPtr *slot) PROCESS_MUST_USE;
/* `count` side by side, 1 to SLOT_RUN_MAX; given back alone or together. */
enum process_status pool_new_slots(struct pool *pool, unsigned count,
                                   seL4_CPtr *first) PROCESS_MUST_USE;
/* Empties the slots and takes them back. */
void pool_free_slots(struct pool *pool, seL4_CPtr first, unsigned count);

/* A copy of a capability of ours (with fewer rights, with a badge) in a slot of its own;
 * pool_free_slots() gives it back. */
enum process_status pool_copy(struct pool *pool, seL4_CPtr cap, seL4_CapRights_t rights,
                              seL4_Word badge, seL4_CPtr *copy) PROCESS_MUST_USE;

struct pool_figures pool_figures(const struct pool *pool);

/* Keeps the answer for messages; what it means here. */
enum process_status pool_refused(struct pool *pool, seL4_Error error) PROCESS_MUST_USE;

/* Everything the books promise; slow, for tests. */
void pool_check(const struct pool *pool);
