// SPDX-License-Identifier: BSD-2-Clause
/*
 * Address space identifiers: how mappings name the address space they are in.
 *
 * Capabilities outlive address spaces, so they hold an ASID instead of a
 * pointer; a root is found through the pool its ASID lies in, and is gone when
 * the pool or the root is.
 */
#pragma once

#include "object/cap.h"

#define ASID_POOL_COUNT   (1u << ASID_POOL_COUNT_BITS)
#define ASID_POOL_ENTRIES (1u << ASID_POOL_INDEX_BITS)

struct asid_pool {
    void *roots[ASID_POOL_ENTRIES];
};

static_assert(sizeof(struct asid_pool) == 1u << ASID_POOL_BITS, "pool size is part of the ABI");

extern struct asid_pool *asid_pools[ASID_POOL_COUNT];

/* The root table an ASID stands for, NULL if none. */
static inline void *asid_root(unsigned asid)
{
    const unsigned number = asid >> ASID_POOL_INDEX_BITS;
    const struct asid_pool *pool = number < ASID_POOL_COUNT ? asid_pools[number] : NULL;

    return pool == NULL ? NULL : pool->roots[asid & MASK(ASID_POOL_INDEX_BITS)];
}

/* A root is deleted: its ASID, if it is still its own, is free again. */
void asid_release(unsigned asid, const void *root);

/* Last capability to a pool. */
void asid_finalise_pool(struct cap pool);

/* Boot: pool 0 with the initial address space as ASID 1. */
void asid_boot(struct asid_pool *pool, void *initial_root);
