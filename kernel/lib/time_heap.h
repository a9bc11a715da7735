// SPDX-License-Identifier: BSD-2-Clause
/*
 * A priority queue over moments: earliest first, first come first served among
 * equals. A binary heap made of linked nodes, complete level by level, so every
 * operation takes as many steps as the heap has levels and needs no memory.
 */
#pragma once

#include "lib/base.h"

struct time_node {
    struct time_node *parent, *left, *right;
    ticks_t time;
    uint64_t order; /* which of two equal times came first */
};

struct time_heap {
    struct time_node *root;
    uint64_t count;
    uint64_t next_order;
};

void time_heap_insert(struct time_heap *heap, struct time_node *node, ticks_t time);
void time_heap_remove(struct time_heap *heap, struct time_node *node);

static inline struct time_node *time_heap_first(const struct time_heap *heap)
{
    return heap->root;
}
