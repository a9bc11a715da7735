// SPDX-License-Identifier: BSD-2-Clause
/* CNodes: the methods that move capabilities about. */
#include "core/deletion.h"
#include "core/derivation.h"
#include "core/invocation.h"
#include "object/endpoint.h"

static enum status refuse_empty_source(struct invocation *inv, bool is_source, word_t depth)
{
    return refuse_lookup(
        inv, is_source,
        (struct lookup_failure){.type = LOOKUP_MISSING_CAPABILITY, .bits_left = (unsigned)depth});
}

/* ---- Copy, Mint, Move, Mutate ---- */

/* Checks common to the four; the source is in extra capability 0's CNode. */
static enum status find_source(struct invocation *inv, const struct slot *destination,
                               struct slot **source)
{
    const word_t depth = inv_argument(inv, 3);
    enum status status;

    if (inv_lacks(inv, 4, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (!slot_is_empty(destination)) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    status = inv_find_slot(inv, inv_extra(inv, 0), inv_argument(inv, 2), depth, true, source);
    if (status == STATUS_OK && slot_is_empty(*source)) {
        return refuse_empty_source(inv, true, depth);
    }
    return status;
}

static enum status insert_copy(struct invocation *inv, struct slot *destination,
                               struct slot *source, struct cap cap)
{
    struct cap copy;
    enum status status = inv_derive(inv, source, cap, &copy);

    if (status != STATUS_OK) {
        return status;
    }
    if (copy.type == CAP_NULL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    slot_insert(destination, source, copy);
    return STATUS_OK;
}

static enum status decode_copy(struct invocation *inv, struct slot *destination)
{
    const bool is_mint = inv->method == METHOD_CNODE_MINT;
    struct slot *source;
    enum status status = find_source(inv, destination, &source);

    if (status != STATUS_OK) {
        return status;
    }
    if (inv_lacks(inv, is_mint ? 6 : 5, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    struct cap cap = cap_mask_rights(source->cap, inv_argument(inv, 4));

    if (is_mint) {
        cap = cap_update_data(cap, false, inv_argument(inv, 5));
    }
    return insert_copy(inv, destination, source, cap);
}

static enum status decode_move(struct invocation *inv, struct slot *destination)
{
    struct slot *source;
    enum status status = find_source(inv, destination, &source);

    if (status != STATUS_OK) {
        return status;
    }
    struct cap cap = source->cap;

    if (inv->method == METHOD_CNODE_MUTATE) {
        if (inv_lacks(inv, 5, 1)) {
            return refuse(inv, ERR_TRUNCATED_MESSAGE);
        }
        cap = cap_update_data(cap, true, inv_argument(inv, 4));
        if (cap.type == CAP_NULL) {
            return refuse(inv, ERR_ILLEGAL_OPERATION);
        }
    }
    slot_move(destination, source, cap);
    return STATUS_OK;
}

/* ---- Rotate: pivot -> destination, source -> pivot ---- */

static void rotate(struct slot *destination, struct slot *pivot, struct slot *source,
                   struct cap pivot_cap, struct cap source_cap)
{
    if (destination == source) {
        slot_swap(source, pivot);
    } else {
        slot_move(destination, pivot, pivot_cap);
        slot_move(pivot, source, source_cap);
    }
    destination->cap = pivot_cap;
    pivot->cap = source_cap;
}

static enum status decode_rotate(struct invocation *inv, struct slot *destination)
{
    const word_t pivot_depth = inv_argument(inv, 4);
    const word_t source_depth = inv_argument(inv, 7);
    struct slot *pivot, *source;
    enum status status;

    if (inv_lacks(inv, 8, 2)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    status =
        inv_find_slot(inv, inv_extra(inv, 1), inv_argument(inv, 6), source_depth, true, &source);
    if (status != STATUS_OK) {
        return status;
    }
    status = inv_find_slot(inv, inv_extra(inv, 0), inv_argument(inv, 3), pivot_depth, true, &pivot);
    if (status != STATUS_OK) {
        return status;
    }
    if (pivot == source || pivot == destination) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (destination != source && !slot_is_empty(destination)) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    if (slot_is_empty(source)) {
        return refuse_empty_source(inv, true, source_depth);
    }
    if (slot_is_empty(pivot)) {
        return refuse_empty_source(inv, false, pivot_depth);
    }
    struct cap source_cap = cap_update_data(source->cap, true, inv_argument(inv, 5));
    struct cap pivot_cap = cap_update_data(pivot->cap, true, inv_argument(inv, 2));

    if (source_cap.type == CAP_NULL || pivot_cap.type == CAP_NULL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    rotate(destination, pivot, source, pivot_cap, source_cap);
    return STATUS_OK;
}

/* ---- the others ---- */

static enum status decode_cancel_badged_sends(struct invocation *inv, const struct slot *target)
{
    if (target->cap.type != CAP_ENDPOINT || target->cap.rights != RIGHT_ALL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (target->cap.data == 0) {
        return STATUS_OK;
    }
    return status_of(endpoint_cancel_badged(cap_object(target->cap), target->cap.data));
}

enum status decode_cnode(struct invocation *inv)
{
    struct slot *target;
    enum status status;

    if (inv->method < METHOD_CNODE_REVOKE || inv->method > METHOD_CNODE_ROTATE) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, 2, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    status =
        inv_find_slot(inv, inv->cap, inv_argument(inv, 0), inv_argument(inv, 1), false, &target);
    if (status != STATUS_OK) {
        return status;
    }
    switch (inv->method) {
    case METHOD_CNODE_REVOKE: return status_of(slot_revoke(target));
    case METHOD_CNODE_DELETE: return status_of(slot_delete(target));
    case METHOD_CNODE_CANCEL_BADGED_SENDS: return decode_cancel_badged_sends(inv, target);
    case METHOD_CNODE_COPY:
    case METHOD_CNODE_MINT: return decode_copy(inv, target);
    case METHOD_CNODE_MOVE:
    case METHOD_CNODE_MUTATE: return decode_move(inv, target);
    default: return decode_rotate(inv, target);
    }
}
