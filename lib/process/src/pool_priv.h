// SPDX-License-Identifier: BSD-2-Clause
/* What pool.c (objects), block.c (memory) and pool_slots.c (slots) share. */
#pragma once

#include <process/pool.h>

enum block_state { BLOCK_FREE = 1, BLOCK_SPLIT, BLOCK_USED, BLOCK_STATES };

struct block {
    struct block *parent; /* null: handed in */
    seL4_CPtr untyped;
    union {
        struct { /* FREE */
            struct block *next, *prev;
        };
        struct block *halves[2]; /* SPLIT */
        struct {                 /* USED */
            seL4_CPtr first;
            unsigned count; /* slots of the objects; 0: none yet */
        };
    };
    uint8_t bits, state;
};

_Static_assert(sizeof(struct block) <= RECORD_BYTES, "a block is one record");

/* ---- block.c ---- */

/* The one place that changes a state. */
void block_set_state(struct block *block, enum block_state state);

/* Null: no records are left. The new block has no state yet. */
struct block *block_new(struct pool *pool, struct block *parent, seL4_CPtr untyped, unsigned bits);

/* The other half; only of one that has a parent. */
struct block *block_buddy(const struct block *block);

/* Puts a FREE block where block_take() finds it. */
void block_list(struct pool *pool, struct block *block);

/* A block of exactly this size, USED: the smallest that is large enough, split as needed. */
enum process_status block_take(struct pool *pool, unsigned bits,
                               struct block **taken) PROCESS_MUST_USE;

/* A USED block without objects becomes free, and so does all that can be made whole by it. */
void block_release(struct pool *pool, struct block *block);

seL4_Error block_retype(struct pool *pool, const struct block *block, seL4_Word type,
                        unsigned size_bits, seL4_CPtr first, unsigned count);

/* ---- pool_slots.c ---- */

/* Slots side by side; makes one more table if there is no such run. */
enum process_status pool_take_slots(struct pool *pool, unsigned count,
                                    seL4_CPtr *first) PROCESS_MUST_USE;

/* Tables that nothing needs any more go: at the end of everything that gives slots back. */
void pool_shrink(struct pool *pool);

/* log2 bytes of a table's memory. */
unsigned pool_table_block_bits(const struct pool *pool);

/* A table in memory of its own, which is not remembered; and the memory for the next one. */
enum process_status pool_add_table(struct pool *pool, struct block *block) PROCESS_MUST_USE;
void pool_set_aside(struct pool *pool);

/* On slots of ours: none of these can be refused. */
void pool_delete_cap(struct pool *pool, seL4_CPtr cap);
void pool_revoke_cap(struct pool *pool, seL4_CPtr cap);
