// SPDX-License-Identifier: BSD-2-Clause
/*
 * The caller's CSpace, as far as it is the library's: tables of slots below a root CNode.
 *
 *   root CNode        root_bits of an address; slots [first_root_slot, + root_slot_count) are ours
 *     table 0         a CNode of 2^table_bits slots, whose guard takes the bits in between
 *     table 1         ... made when the others are full, unmade when it is empty again
 *
 * Address of slot i of the table in root slot s: s << (64 - root_bits) | i. `root` names the root
 * CNode with a guard of no bits, so that (root, address, 64) names any slot for CNode methods.
 *
 * This file keeps the books; the CNodes themselves are the pool's business (pool.c). Tables come
 * and go like a stack: the newest goes first.
 */
#pragma once

#include <process/records.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SLOT_RUN_MAX = 64, /* slots that can be had side by side */
    SLOT_TABLE_BITS_MIN = 6,
    SLOT_TABLE_BITS_MAX = 11,
};

struct slot_table {
    struct slot_table *older, *newer;
    struct block *block; /* the memory it is made of; null: the first, which stays */
    uint64_t *words[4];  /* a bit is set: the slot is free; 512 slots each */
    uint16_t used;       /* slots */
};

struct slots {
    struct records *records; /* borrowed */
    seL4_CPtr root;
    uint8_t root_bits, table_bits;
    uint16_t first_root_slot, root_slot_count;
    uint16_t table_count;
    struct slot_table *oldest, *newest;
    size_t free_count;
};

/* Bits of an address below the root. */
static inline unsigned slots_shift(const struct slots *slots)
{
    return seL4_WordBits - slots->root_bits;
}

static inline seL4_Word slots_root_slot(const struct slots *slots, seL4_CPtr address)
{
    return address >> slots_shift(slots);
}

static inline seL4_Word slots_index(const struct slots *slots, seL4_CPtr address)
{
    return address & ((1ull << slots_shift(slots)) - 1);
}

/* How CNode methods name the slot with this address: index and depth below `root`. What lies in the
 * root CNode itself (and is no CNode of ours) ends where the root's bits do. */
struct slot_path {
    seL4_Word index;
    seL4_Uint8 depth;
};

struct slot_path slots_path(const struct slots *slots, seL4_CPtr address);

/* The root slot for the next table; the caller puts the CNode there before it adds the table. */
bool slots_next_root_slot(const struct slots *slots, seL4_Word *root_slot) PROCESS_MUST_USE;
enum process_status slots_add_table(struct slots *slots) PROCESS_MUST_USE;

/* The newest table, in which no slot is used. */
void slots_remove_table(struct slots *slots);

/* `count` slots side by side in one table; false: there is no such run. */
bool slots_take(struct slots *slots, unsigned count, seL4_CPtr *first) PROCESS_MUST_USE;
void slots_give(struct slots *slots, seL4_CPtr first, unsigned count);
