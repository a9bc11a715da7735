// SPDX-License-Identifier: BSD-2-Clause
#include "build.h"

#include <string.h>

#include <abi/syscalls.h>

#include "core/core.h"

enum { TAG_WORDS = 1, CAPS_AT = 122 }; /* words of struct ipc_buffer before msg, caps_or_badges */

static_assert(offsetof(struct ipc_buffer, caps_or_badges) == CAPS_AT * 8, "layout");

struct build build_begin(struct op *op, struct rng *rng)
{
    memset(op, 0, sizeof(*op));
    op->kind = OP_CALL;
    op->ticks = rng_below(rng, 60);
    return (struct build){.op = op, .rng = rng, .tcb = host_core->current};
}

void build_reset(struct build *b)
{
    b->op->buffer_count = 0;
    memset(b->op->word, 0, sizeof(b->op->word));
    b->length = b->extras = 0;
}

word_t build_label(enum abi_method method)
{
    for (unsigned i = 1; i < ARRAY_SIZE(sys.method_of_label); i++) {
        if (sys.method_of_label[i] == method) {
            return i;
        }
    }
    return 120;
}

void build_buffer(struct build *b, unsigned index, word_t value)
{
    if (b->op->buffer_count < OP_BUFFER_WORDS) {
        b->op->buffer[b->op->buffer_count].index = (uint8_t)index;
        b->op->buffer[b->op->buffer_count++].value = value;
    }
}

void build_argument(struct build *b, unsigned index, word_t value)
{
    if (index < MSG_REGISTERS) {
        b->op->word[WORD_MR0 + index] = value;
    } else {
        build_buffer(b, TAG_WORDS + index, value);
    }
    b->length = MAX(b->length, index + 1);
}

void build_extra(struct build *b, word_t address)
{
    if (b->extras < MSG_MAX_EXTRA_CAPS) {
        build_buffer(b, CAPS_AT + b->extras++, address);
    }
}

/* One thing is made wrong, sometimes. */
static void spoil(struct build *b)
{
    struct op *op = b->op;

    switch (rng_below(b->rng, 6)) {
    case 0: b->length = rng_below(b->rng, 9); break;
    case 1: b->extras = rng_below(b->rng, 4); break;
    case 2: op->word[WORD_MR0 + rng_below(b->rng, 4)] = build_odd_number(b->rng); break;
    case 3:
        if (op->buffer_count > 0) {
            op->buffer[rng_below(b->rng, op->buffer_count)].value = build_odd_number(b->rng);
        }
        break;
    case 4: op->word[WORD_MR0 + rng_below(b->rng, 4)] ^= BIT(rng_below(b->rng, 64)); break;
    default: op->word[WORD_CAP] = build_odd_number(b->rng); break;
    }
}

void build_finish(struct build *b, word_t address, enum abi_method method)
{
    static const int8_t others[] = {SYS_SEND, SYS_NB_SEND, SYS_REPLY_RECV, SYS_NB_SEND_RECV,
                                    SYS_NB_SEND_WAIT};
    struct op *op = b->op;
    word_t label = build_label(method);

    op->number = SYS_CALL;
    op->word[WORD_CAP] = address;
    if (!b->is_strict && rng_one_in(b->rng, 24)) {
        op->number = others[rng_below(b->rng, ARRAY_SIZE(others))];
        op->word[WORD_REPLY] =
            op->number == SYS_NB_SEND_RECV ? build_pick_or_any(b, CAP_REPLY) : address;
        op->word[WORD_DESTINATION] = address;
        if (op->number <= SYS_REPLY_RECV && op->number >= SYS_NB_SEND_WAIT) {
            op->word[WORD_CAP] =
                build_pick_or_any(b, rng_one_in(b->rng, 2) ? CAP_ENDPOINT : CAP_NOTIFICATION);
        }
    }
    if (!b->is_strict && rng_one_in(b->rng, 12)) {
        spoil(b);
    }
    if (!b->is_strict && rng_one_in(b->rng, 60)) {
        label = rng_below(b->rng, 80);
    }
    op->word[WORD_INFO] =
        label << INFO_LABEL_SHIFT | (word_t)b->extras << INFO_EXTRA_CAPS_SHIFT | b->length;
    if (rng_one_in(b->rng, 3)) {
        static const uint8_t chances[] = {8, 40, 128, 255};

        op->preempt = chances[rng_below(b->rng, ARRAY_SIZE(chances))];
        op->seed = rng_next(b->rng) >> 20;
    }
}

/* ---- addresses ---- */

/* Bits of the address that the CNode consumes, put at the top of `left` bits. */
static bool step(struct cap cnode, word_t index, unsigned *left, word_t *address)
{
    const unsigned bits = cap_guard_size(cnode) + cnode.bits;

    if (bits > *left) {
        return false;
    }
    *left -= bits;
    *address |= (cap_guard(cnode) << cnode.bits | index) << *left;
    return true;
}

static bool lies_in(const struct slot *slot, struct cap cnode, word_t *index)
{
    const word_t offset = (word_t)slot - (word_t)cap_object(cnode);

    *index = offset / sizeof(struct slot);
    return cnode.type == CAP_CNODE && *index < BIT(cnode.bits);
}

bool build_address(const struct tcb *tcb, const struct slot *slot, word_t *address)
{
    const struct cap root = tcb->slots[TCB_SLOT_CSPACE].cap;
    const struct node_list cnodes = model_list(CAP_CNODE);
    unsigned left = WORD_BITS;
    word_t index;

    *address = 0;
    if (lies_in(slot, root, &index)) {
        return step(root, index, &left, address) && (left == 0 || slot->cap.type != CAP_CNODE);
    }
    for (unsigned i = 0; i < cnodes.count; i++) {
        const struct slot *between = cnodes.nodes[i]->slot;
        word_t first;

        if (lies_in(slot, between->cap, &index) && lies_in(between, root, &first)) {
            left = WORD_BITS;
            *address = 0;
            if (step(root, first, &left, address) && left > 0 &&
                step(between->cap, index, &left, address) &&
                (left == 0 || slot->cap.type != CAP_CNODE)) {
                return true;
            }
        }
    }
    return false;
}

bool build_pick(struct build *b, enum cap_type type, word_t *address, struct slot **slot)
{
    const struct node_list list = model_list(type);

    for (unsigned try = 0; list.count > 0 && try < 6; try++) {
        struct slot *picked = list.nodes[rng_below(b->rng, list.count)]->slot;

        if (build_address(b->tcb, picked, address)) {
            *slot = picked;
            return true;
        }
    }
    return false;
}

word_t build_pick_or_any(struct build *b, enum cap_type type)
{
    struct slot *slot;
    word_t address;

    return build_pick(b, type, &address, &slot) ? address : rng_below(b->rng, 256);
}

struct slot *build_any_slot(struct build *b)
{
    for (unsigned try = 0; try < 30; try++) {
        const struct node_list list = model_list((enum cap_type)rng_below(b->rng, CAP_TYPE_COUNT));

        if (list.count > 0) {
            return list.nodes[rng_below(b->rng, list.count)]->slot;
        }
    }
    return NULL;
}

bool build_place(struct build *b, const struct slot *slot, struct place *place)
{
    const struct node_list cnodes = model_list(CAP_CNODE);
    const unsigned start = cnodes.count == 0 ? 0 : rng_below(b->rng, cnodes.count);
    word_t index;

    for (unsigned i = 0; i < cnodes.count; i++) {
        const struct slot *between = cnodes.nodes[(start + i) % cnodes.count]->slot;

        if (lies_in(slot, between->cap, &index) && build_address(b->tcb, between, &place->cnode)) {
            place->depth = cap_guard_size(between->cap) + between->cap.bits;
            place->index = cap_guard(between->cap) << between->cap.bits | index;
            return true;
        }
    }
    return false;
}

struct slot *build_empty_slot(struct build *b, unsigned length, struct place *place)
{
    const struct node_list cnodes = model_list(CAP_CNODE);

    for (unsigned try = 0; cnodes.count > 0 && try < 8; try++) {
        const struct slot *cnode = cnodes.nodes[rng_below(b->rng, cnodes.count)]->slot;

        if (cnode->cap.type != CAP_CNODE || !build_address(b->tcb, cnode, &place->cnode)) {
            continue;
        }
        struct slot *slots = cap_object(cnode->cap);
        const word_t count = BIT(cnode->cap.bits);
        const word_t start = rng_next(b->rng) % count;
        unsigned found = 0;

        for (word_t i = start; i < count && i < start + 64; i++) {
            found = slot_is_empty(&slots[i]) ? found + 1 : 0;
            if (found == length) {
                const word_t first = i + 1 - length;

                place->depth = cap_guard_size(cnode->cap) + cnode->cap.bits;
                place->index = cap_guard(cnode->cap) << cnode->cap.bits | first;
                return &slots[first];
            }
        }
    }
    return NULL;
}

word_t build_odd_number(struct rng *rng)
{
    switch (rng_below(rng, 8)) {
    case 0: return 0;
    case 1: return rng_below(rng, 8);
    case 2: return rng_below(rng, 300);
    case 3: return ~0ull;
    case 4: return BIT(rng_below(rng, 64));
    case 5: return BIT(rng_below(rng, 64)) - 1;
    case 6: return ~(word_t)rng_below(rng, 300);
    default: return rng_next(rng);
    }
}
