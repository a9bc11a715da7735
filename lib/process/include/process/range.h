// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges of addresses that do not overlap, in order: a search tree whose nodes lie first in the
 * caller's structures. Each step takes time in the logarithm of their number, whatever the order
 * they come in (a treap: nodes are also a heap by a hash of their start).
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>

struct range {
    struct range *left, *right; /* the tree's */
    seL4_Word start, end;       /* end is the first address behind it */
};

struct ranges {
    struct range *root;
};

/* Borrows the range; start < end, and nothing there may overlap it. */
void ranges_add(struct ranges *ranges, struct range *range);
void ranges_remove(struct ranges *ranges, struct range *range);

/* The lowest range that ends behind the address: it contains it, or is the next one. */
struct range *ranges_from(const struct ranges *ranges, seL4_Word address);

/* The range that contains the address; null: none. */
struct range *ranges_find(const struct ranges *ranges, seL4_Word address);

/* Is no address of [start, end) in any range? */
bool ranges_are_free(const struct ranges *ranges, seL4_Word start, seL4_Word end);

/* The lowest aligned place in [start, end) where `size_bytes` are free. */
bool ranges_find_gap(const struct ranges *ranges, seL4_Word start, seL4_Word end,
                     seL4_Word size_bytes, unsigned align_bits, seL4_Word *found);
