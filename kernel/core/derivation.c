// SPDX-License-Identifier: BSD-2-Clause
#include "core/derivation.h"

#include "object/untyped.h"

static bool badge_is_parent(const struct slot *parent, const struct slot *child)
{
    if (parent->cap.data == 0) {
        return true;
    }
    return parent->cap.data == child->cap.data && !(slot_flags(child) & SLOT_FIRST_BADGED);
}

bool slot_is_parent(const struct slot *parent, const struct slot *child)
{
    if (!(slot_flags(parent) & SLOT_ORIGINAL) || !cap_covers(parent->cap, child->cap)) {
        return false;
    }
    if (parent->cap.type == CAP_ENDPOINT || parent->cap.type == CAP_NOTIFICATION) {
        return badge_is_parent(parent, child);
    }
    return true;
}

bool slot_has_children(const struct slot *slot)
{
    const struct slot *next = slot_next(slot);

    return next != NULL && slot_is_parent(slot, next);
}

/* Capabilities to one object are neighbours in the list: copies go right behind their source, and
 * only untyped and control capabilities have children that name something else. */
bool slot_is_last(const struct slot *slot)
{
    const struct slot *prev = slot_prev(slot);
    const struct slot *next = slot_next(slot);

    return !(prev != NULL && cap_same_object(prev->cap, slot->cap)) &&
           !(next != NULL && cap_same_object(slot->cap, next->cap));
}

/* Copies that can have children of their own. */
static bool copy_is_original(struct cap copy, struct cap source)
{
    switch (copy.type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION: return copy.data != source.data;
    case CAP_UNTYPED: return true;
    case CAP_IRQ_HANDLER: return source.type == CAP_IRQ_CONTROL;
    case CAP_IO_PORT: return source.type == CAP_IO_PORT_CONTROL;
    default: return false;
    }
}

static void insert_behind(struct slot *destination, struct slot *source, struct cap cap,
                          unsigned flags)
{
    struct slot *next = slot_next(source);

    assert(slot_is_empty(destination) && destination->prev_word == 0);
    assert(slot_next(destination) == NULL && destination != source);

    destination->cap = cap;
    destination->prev_word = (word_t)source;
    destination->next_word = (word_t)next | flags;
    slot_set_next(source, destination);
    if (next != NULL) {
        slot_set_prev(next, destination);
    }
}

void slot_insert(struct slot *destination, struct slot *source, struct cap cap)
{
    unsigned flags = copy_is_original(cap, source->cap) ? SLOT_FLAGS : 0;

    if (source->cap.type == CAP_UNTYPED && cap.type == CAP_UNTYPED) {
        untyped_mark_full(&source->cap);
        cap.data &= ~UNTYPED_CLEARING;
    }
    insert_behind(destination, source, cap, flags);
}

void slot_insert_original(struct slot *destination, struct slot *source, struct cap cap)
{
    insert_behind(destination, source, cap, SLOT_FLAGS);
}

void slot_insert_run(struct slot *first, word_t count, struct slot *source, struct cap cap,
                     word_t step_bytes)
{
    struct slot *next = slot_next(source);
    struct slot *prev = source;

    for (struct slot *slot = first; slot < first + count; slot++) {
        assert(slot_is_empty(slot));
        slot->cap = cap;
        slot->prev_word = (word_t)prev;
        slot->next_word = (word_t)(slot + 1) | SLOT_FLAGS;
        cap.object += (int64_t)step_bytes;
        prev = slot;
    }
    slot_set_next(source, first);
    slot_set_next(prev, next);
    if (next != NULL) {
        slot_set_prev(next, prev);
    }
}

void slot_insert_root(struct slot *destination, struct cap cap)
{
    assert(slot_is_empty(destination));
    destination->cap = cap;
    destination->prev_word = 0;
    destination->next_word = SLOT_FLAGS;
}

static void relink_neighbours(struct slot *slot)
{
    struct slot *prev = slot_prev(slot);
    struct slot *next = slot_next(slot);

    if (prev != NULL) {
        slot_set_next(prev, slot);
    }
    if (next != NULL) {
        slot_set_prev(next, slot);
    }
}

void slot_move(struct slot *destination, struct slot *source, struct cap cap)
{
    assert(slot_is_empty(destination) && !slot_is_empty(source));

    destination->cap = cap;
    destination->prev_word = source->prev_word;
    destination->next_word = source->next_word;
    *source = (struct slot){0};
    relink_neighbours(destination);
}

void slot_swap(struct slot *a, struct slot *b)
{
    struct slot old_a = *a;

    assert(a != b);
    /* Through an empty slot that lives only here, so that neighbours a-b need no special case. */
    struct slot between = {0};
    if (slot_is_empty(a)) {
        if (!slot_is_empty(b)) {
            slot_move(a, b, b->cap);
        }
        return;
    }
    slot_move(&between, a, old_a.cap);
    if (!slot_is_empty(b)) {
        slot_move(a, b, b->cap);
    }
    slot_move(b, &between, between.cap);
}

void slot_clear(struct slot *slot)
{
    struct slot *prev = slot_prev(slot);
    struct slot *next = slot_next(slot);

    if (prev != NULL) {
        slot_set_next(prev, next);
    }
    if (next != NULL) {
        slot_set_prev(next, prev);
        if (cap_same_object(slot->cap, next->cap) && slot->cap.data == next->cap.data) {
            /* The copies of a deleted badged capability stay a group of their own: a later mint
             * of the same badge must not become their parent. */
            next->next_word |= slot->next_word & SLOT_FIRST_BADGED;
        }
    }
    *slot = (struct slot){0};
}
