// SPDX-License-Identifier: BSD-2-Clause
#include <process/range.h>

#include <process/status.h>

static seL4_Word weight(const struct range *range)
{
    return (range->start >> 12 ^ range->start << 40) * 0x9e3779b97f4a7c15ull;
}

/* Everything in `tree` below `address` goes to *low, the rest to *high. */
static void split(struct range *tree, seL4_Word address, struct range **low, struct range **high)
{
    while (tree != NULL) {
        if (tree->start < address) {
            *low = tree;
            low = &tree->right;
            tree = tree->right;
        } else {
            *high = tree;
            high = &tree->left;
            tree = tree->left;
        }
    }
    *low = *high = NULL;
}

/* All of `low` is below all of `high`. */
static void join(struct range *low, struct range *high, struct range **place)
{
    while (low != NULL && high != NULL) {
        if (weight(low) > weight(high)) {
            *place = low;
            place = &low->right;
            low = low->right;
        } else {
            *place = high;
            place = &high->left;
            high = high->left;
        }
    }
    *place = low != NULL ? low : high;
}

void ranges_add(struct ranges *ranges, struct range *range)
{
    struct range **place = &ranges->root;

    process_assert(range->start < range->end);
    process_assert(ranges_are_free(ranges, range->start, range->end));
    while (*place != NULL && weight(*place) >= weight(range)) {
        place = range->start < (*place)->start ? &(*place)->left : &(*place)->right;
    }
    split(*place, range->start, &range->left, &range->right);
    *place = range;
}

void ranges_remove(struct ranges *ranges, struct range *range)
{
    struct range **place = &ranges->root;

    while (*place != range) {
        process_assert(*place != NULL);
        place = range->start < (*place)->start ? &(*place)->left : &(*place)->right;
    }
    join(range->left, range->right, place);
}

struct range *ranges_from(const struct ranges *ranges, seL4_Word address)
{
    struct range *best = NULL, *at = ranges->root;

    while (at != NULL) {
        if (at->end > address) {
            best = at;
            at = at->left;
        } else {
            at = at->right;
        }
    }
    return best;
}

struct range *ranges_find(const struct ranges *ranges, seL4_Word address)
{
    struct range *range = ranges_from(ranges, address);

    return range != NULL && range->start <= address ? range : NULL;
}

bool ranges_are_free(const struct ranges *ranges, seL4_Word start, seL4_Word end)
{
    const struct range *range = ranges_from(ranges, start);

    return range == NULL || range->start >= end;
}

bool ranges_find_gap(const struct ranges *ranges, seL4_Word start, seL4_Word end,
                     seL4_Word size_bytes, unsigned align_bits, seL4_Word *found)
{
    const seL4_Word low_bits = (1ull << align_bits) - 1;
    seL4_Word at = start;

    while (at <= end) {
        const struct range *next = ranges_from(ranges, at);
        const seL4_Word aligned = (at + low_bits) & ~low_bits;
        const seL4_Word limit = next == NULL || next->start > end ? end : next->start;

        if (aligned >= at && aligned <= limit && limit - aligned >= size_bytes) {
            *found = aligned;
            return true;
        }
        if (next == NULL) {
            return false;
        }
        at = next->end;
    }
    return false;
}
