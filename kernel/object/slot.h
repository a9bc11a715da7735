// SPDX-License-Identifier: BSD-2-Clause
/*
 * A slot holds one capability and its place in the derivation tree.
 *
 * The tree is kept as one doubly linked list per family in pre-order: a child
 * stands somewhere behind its parent, with only relatives in between. Who is
 * whose parent is not stored but follows from what the two capabilities name
 * and from two flags (core/derivation.c). Flags live in the low bits of `next`.
 */
#pragma once

#include "object/cap.h"

struct slot {
    struct cap cap;
    word_t prev_word; /* struct slot * */
    word_t next_word; /* struct slot * | flags */
};

static_assert(sizeof(struct slot) == 1u << SLOT_BITS, "slot size is part of the ABI");

#define SLOT_ORIGINAL     1u /* may have children */
#define SLOT_FIRST_BADGED 2u /* badge given here, not inherited */
#define SLOT_FLAGS        (SLOT_ORIGINAL | SLOT_FIRST_BADGED)

static inline struct slot *slot_next(const struct slot *slot)
{
    return (struct slot *)(slot->next_word & ~(word_t)SLOT_FLAGS);
}

static inline struct slot *slot_prev(const struct slot *slot)
{
    return (struct slot *)slot->prev_word;
}

static inline unsigned slot_flags(const struct slot *slot)
{
    return slot->next_word & SLOT_FLAGS;
}

static inline void slot_set_next(struct slot *slot, const struct slot *next)
{
    slot->next_word = (word_t)next | slot_flags(slot);
}

static inline void slot_set_prev(struct slot *slot, const struct slot *prev)
{
    slot->prev_word = (word_t)prev;
}

static inline bool slot_is_empty(const struct slot *slot)
{
    return slot->cap.type == CAP_NULL;
}
