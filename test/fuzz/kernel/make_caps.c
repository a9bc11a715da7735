// SPDX-License-Identifier: BSD-2-Clause
/* Memory and capabilities: Retype, and the methods of CNodes. */
#include <abi/bootinfo.h>

#include "choose.h"
#include "make.h"
#include "object/endpoint.h"

/* ---- creating ---- */

struct wish {
    uint8_t type; /* enum abi_object_type */
    uint8_t weight;
    uint8_t count_max;
};

static const struct wish wishes[] = {
    {TYPE_UNTYPED, 6, 4},        {TYPE_TCB, 8, 3},           {TYPE_ENDPOINT, 6, 4},
    {TYPE_NOTIFICATION, 5, 3},   {TYPE_CNODE, 6, 2},         {TYPE_SCHED_CONTEXT, 8, 3},
    {TYPE_REPLY, 8, 4},          {TYPE_PDPT, 2, 1},          {TYPE_PML4, 2, 1},
    {TYPE_PAGE_4K, 6, 6},        {TYPE_LARGE_PAGE, 1, 1},    {TYPE_PAGE_TABLE, 2, 2},
    {TYPE_PAGE_DIRECTORY, 2, 2}, {TYPE_IO_PAGE_TABLE, 1, 1}, {TYPE_HUGE_PAGE, 1, 1},
};

static const struct wish *choose_wish(struct build *b)
{
    unsigned total = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(wishes); i++) {
        total += wishes[i].weight;
    }
    unsigned dice = rng_below(b->rng, total);

    for (unsigned i = 0;; i++) {
        if (dice < wishes[i].weight) {
            return &wishes[i];
        }
        dice -= wishes[i].weight;
    }
}

static unsigned choose_size_bits(struct build *b, unsigned type)
{
    switch (type) {
    case TYPE_UNTYPED:
        return rng_one_in(b->rng, 20) ? 20 + rng_below(b->rng, 28) : 4 + rng_below(b->rng, 16);
    case TYPE_CNODE: return 1 + rng_below(b->rng, 7);
    case TYPE_SCHED_CONTEXT: return 7 + rng_below(b->rng, 4);
    default: return rng_one_in(b->rng, 20) ? rng_below(b->rng, 64) : 0;
    }
}

/* RAM rather than devices, but for what only they have room; and rather one with room. */
static bool choose_untyped(struct build *b, word_t bytes, word_t *address)
{
    const bool is_careless = !b->is_strict && rng_one_in(b->rng, 12);
    bool found = false;
    enum { LARGEST_OF_RAM = 1 << 24 };

    for (unsigned try = 0; try < 16; try++) {
        struct slot *slot;

        if (build_pick(b, CAP_UNTYPED, address, &slot) &&
            (!slot->cap.flag || bytes > LARGEST_OF_RAM ||
             (!b->is_strict && rng_one_in(b->rng, 30)))) {
            found = true;
            if (is_careless || model_free_bytes(model_find(slot)) >= 2 * bytes) {
                break;
            }
        }
    }
    return found;
}

static unsigned bits_of_type(unsigned type, unsigned size_bits)
{
    switch (type) {
    case TYPE_UNTYPED:
    case TYPE_SCHED_CONTEXT: return size_bits;
    case TYPE_CNODE: return size_bits + SLOT_BITS;
    case TYPE_TCB: return TCB_BITS;
    case TYPE_LARGE_PAGE: return LARGE_PAGE_BITS;
    case TYPE_HUGE_PAGE: return HUGE_PAGE_BITS;
    default: return PAGE_BITS;
    }
}

void make_objects(struct build *b, unsigned type, unsigned size_bits, unsigned count)
{
    struct place place = {0};
    word_t untyped = 0;
    struct slot *slot = build_empty_slot(b, count, &place);

    choose_untyped(b, (word_t)count << bits_of_type(type, size_bits), &untyped);
    build_argument(b, 0, type);
    build_argument(b, 1, size_bits);
    build_argument(b, 2, 0);
    build_argument(b, 3, 0);
    build_argument(b, 4, slot == NULL ? rng_below(b->rng, 100) : place.index & MASK(20));
    build_argument(b, 5, rng_one_in(b->rng, 40) ? rng_below(b->rng, 300) : count);
    build_extra(b, place.cnode);
    build_finish(b, untyped, METHOD_UNTYPED_RETYPE);
}

void make_retype(struct build *b)
{
    const struct wish *wish = choose_wish(b);

    make_objects(b, wish->type, choose_size_bits(b, wish->type),
                 1 + rng_below(b->rng, wish->count_max));
}

/* ---- CNodes ---- */

static void make_remove(struct build *b, enum abi_method method)
{
    struct slot *slot = choose_slot(b, true);
    struct place place = {.cnode = SLOT_INIT_CNODE, .index = rng_below(b->rng, 300), .depth = 64};

    if (slot != NULL) {
        build_place(b, slot, &place);
    }
    build_argument(b, 0, place.index);
    build_argument(b, 1, place.depth);
    build_finish(b, place.cnode, method);
}

static void make_copy(struct build *b, enum abi_method method)
{
    struct slot *source =
        choose_slot(b, method == METHOD_CNODE_MOVE || method == METHOD_CNODE_MUTATE);
    struct place from = {.cnode = SLOT_INIT_CNODE, .index = rng_below(b->rng, 300), .depth = 64};
    struct place to = {.cnode = SLOT_INIT_CNODE, .index = rng_below(b->rng, 300), .depth = 64};

    if (source != NULL) {
        build_place(b, source, &from);
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, from.index);
    build_argument(b, 3, from.depth);
    const word_t data = source == NULL ? 0 : choose_data(b, source->cap);

    if (method == METHOD_CNODE_MUTATE) {
        build_argument(b, 4, data);
    } else {
        build_argument(b, 4, rng_one_in(b->rng, 3) ? rng_below(b->rng, 16) : RIGHT_ALL);
        if (method == METHOD_CNODE_MINT) {
            build_argument(b, 5, data);
        }
    }
    build_extra(b, from.cnode);
    build_finish(b, to.cnode, method);
}

/* Few badges on few endpoints: given, copied, taken away and given again. */
void make_badged(struct build *b)
{
    const struct node_list list =
        model_list(rng_one_in(b->rng, 3) ? CAP_NOTIFICATION : CAP_ENDPOINT);
    struct place from = {SLOT_INIT_CNODE, 200, 64}, to = from;
    bool is_badged = false;

    for (unsigned try = 0; list.count > 0 && try < 10; try++) {
        const struct slot *slot = list.nodes[rng_below(b->rng, MIN(list.count, 16u))]->slot;

        is_badged = slot->cap.data != 0;
        if (build_place(b, slot, &from)) {
            break;
        }
    }
    if (is_badged && rng_one_in(b->rng, 2)) {
        build_argument(b, 0, from.index);
        build_argument(b, 1, from.depth);
        build_finish(b, from.cnode, METHOD_CNODE_DELETE);
        return;
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, from.index);
    build_argument(b, 3, from.depth);
    build_argument(b, 4, rng_one_in(b->rng, 6) ? rng_below(b->rng, 16) : RIGHT_ALL);
    if (!is_badged) {
        build_argument(b, 5, 1 + rng_below(b->rng, 2));
    }
    build_extra(b, from.cnode);
    build_finish(b, to.cnode, is_badged ? METHOD_CNODE_COPY : METHOD_CNODE_MINT);
}

static void make_rotate(struct build *b)
{
    struct place to = {SLOT_INIT_CNODE, 200, 64}, pivot = to, source = to;
    const struct slot *pivot_slot = choose_slot(b, true);
    const struct slot *source_slot = choose_slot(b, true);

    if (pivot_slot != NULL) {
        build_place(b, pivot_slot, &pivot);
    }
    if (source_slot != NULL) {
        build_place(b, source_slot, &source);
    }
    if (rng_one_in(b->rng, 3)) {
        to = source;
    } else {
        build_empty_slot(b, 1, &to);
    }
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, pivot_slot == NULL ? 0 : choose_data(b, pivot_slot->cap));
    build_argument(b, 3, pivot.index);
    build_argument(b, 4, pivot.depth);
    build_argument(b, 5, source_slot == NULL ? 0 : choose_data(b, source_slot->cap));
    build_argument(b, 6, source.index);
    build_argument(b, 7, source.depth);
    build_extra(b, pivot.cnode);
    build_extra(b, source.cnode);
    build_finish(b, to.cnode, METHOD_CNODE_ROTATE);
}

static void make_cancel_badged(struct build *b)
{
    const struct node_list list = model_list(CAP_ENDPOINT);
    struct place place = {SLOT_INIT_CNODE, 0, 64};

    for (unsigned try = 0; list.count > 0 && try < 16; try++) {
        const struct slot *slot = list.nodes[rng_below(b->rng, list.count)]->slot;

        if (slot->cap.data != 0 && slot->cap.rights == RIGHT_ALL &&
            (endpoint_state(cap_object(slot->cap)) == ENDPOINT_SENDING || rng_one_in(b->rng, 8)) &&
            build_place(b, slot, &place)) {
            break;
        }
    }
    build_argument(b, 0, place.index);
    build_argument(b, 1, place.depth);
    build_finish(b, place.cnode, METHOD_CNODE_CANCEL_BADGED_SENDS);
    b->op->preempt = rng_one_in(b->rng, 2) ? 200 : b->op->preempt;
}

void make_cnode(struct build *b)
{
    switch (rng_below(b->rng, 20)) {
    case 0: make_remove(b, METHOD_CNODE_REVOKE); break;
    case 1:
    case 2:
    case 3: make_remove(b, METHOD_CNODE_DELETE); break;
    case 4:
    case 5: make_cancel_badged(b); break;
    case 6: make_rotate(b); break;
    case 7:
    case 8:
    case 9: make_copy(b, METHOD_CNODE_MOVE); break;
    case 10:
    case 11: make_copy(b, METHOD_CNODE_MUTATE); break;
    case 12:
    case 13:
    case 14: make_copy(b, METHOD_CNODE_COPY); break;
    default: make_copy(b, METHOD_CNODE_MINT); break;
    }
}

/* The only capability to a container goes into a container: nesting, and sometimes a circle. */
void make_nested(struct build *b)
{
    const enum cap_type type = rng_one_in(b->rng, 3) ? CAP_TCB : CAP_CNODE;
    const struct node_list list = model_list(type);
    struct place from = {SLOT_INIT_CNODE, 200, 64}, to = from;

    for (unsigned try = 0; list.count > 0 && try < 8; try++) {
        const struct slot *slot = list.nodes[rng_below(b->rng, list.count)]->slot;

        if (slot->cap.type == (unsigned)type && !choose_is_precious(slot) &&
            build_place(b, slot, &from)) {
            break;
        }
    }
    build_empty_slot(b, 1, &to);
    build_argument(b, 0, to.index);
    build_argument(b, 1, to.depth);
    build_argument(b, 2, from.index);
    build_argument(b, 3, from.depth);
    build_extra(b, from.cnode);
    build_finish(b, to.cnode, METHOD_CNODE_MOVE);
}
