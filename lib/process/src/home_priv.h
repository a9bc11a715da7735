// SPDX-License-Identifier: BSD-2-Clause
/* What both kinds of home have in common. */
#pragma once

#include <process/home.h>

enum { HOME_TABLE_BITS = 10 };

/* The slots for what is left of the first untyped: side by side in one CNode. */
struct home_rest {
    seL4_CPtr untyped;
    unsigned bits, taken_bits; /* 2^taken_bits bytes at its bottom are in use */
    seL4_CPtr node_root;
    seL4_Word node_index;
    unsigned node_depth;
    seL4_Word offset;
    seL4_CPtr address; /* of the slot at the offset */
};

/* Cuts the rest into pieces and adds them to the pool, which is initialised. */
enum process_status home_add_rest(struct home *home, const struct home_rest *rest) PROCESS_MUST_USE;

/* The last part: the caller's own space and the window. */
enum process_status home_finish(struct home *home, seL4_CPtr vspace,
                                const struct home_memory *memory) PROCESS_MUST_USE;

static inline unsigned home_table_bits(const struct home_memory *memory)
{
    return memory->table_bits != 0 ? memory->table_bits : (unsigned)HOME_TABLE_BITS;
}
