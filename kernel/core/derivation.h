// SPDX-License-Identifier: BSD-2-Clause
/*
 * The derivation tree: which capability was made from which.
 *
 * Every family of capabilities is one doubly linked list in pre-order. Slot b
 * is below slot a when it stands behind a and every slot from a's successor up
 * to b is covered by a (slot_is_parent). Inserting a child right behind its
 * parent, moving a slot in place and unlinking one all keep the order, so each
 * is a constant number of steps, and deleting a parent hands its children to
 * its own parent without touching them.
 */
#pragma once

#include "object/slot.h"

/* Is `child` derived from `parent`? Meaningful for a slot and its successors in the list. */
bool slot_is_parent(const struct slot *parent, const struct slot *child);

/* Has the capability in the slot been used to make another that still exists? */
bool slot_has_children(const struct slot *slot);

/* Is this the last capability to its object? */
bool slot_is_last(const struct slot *slot);

/* Puts `cap`, made from the one in `source`, into the empty slot `destination`. */
void slot_insert(struct slot *destination, struct slot *source, struct cap cap);

/* The same for a capability that may itself have children, whatever it names (Retype and boot). */
void slot_insert_original(struct slot *destination, struct slot *source, struct cap cap);

/* A run of `count` empty slots gets the capability and those to the objects behind it, `step_bytes`
 * apart: what one Retype makes. */
void slot_insert_run(struct slot *first, word_t count, struct slot *source, struct cap cap,
                     word_t step_bytes);

/* Puts `cap` into an empty slot as the root of a new family. */
void slot_insert_root(struct slot *destination, struct cap cap);

/* Moves source's place in the tree to the empty slot `destination`, which gets `cap`. */
void slot_move(struct slot *destination, struct slot *source, struct cap cap);

/* Exchanges two slots' contents, giving each its new capability; both keep their own families. */
void slot_swap(struct slot *a, struct slot *b);

/* Unlinks the slot and empties it. The capability must already be finalised. */
void slot_clear(struct slot *slot);
