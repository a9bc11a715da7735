// SPDX-License-Identifier: BSD-2-Clause
/* IPC of every kind. */
#include <abi/syscalls.h>

#include "choose.h"
#include "make.h"

/* ---- messages ---- */

word_t make_info(struct build *b)
{
    const unsigned length = rng_one_in(b->rng, 3) ? rng_below(b->rng, 128) : rng_below(b->rng, 6);
    const unsigned extras = rng_one_in(b->rng, 4) ? rng_below(b->rng, 4) : 0;

    for (unsigned i = 0; i < extras; i++) {
        struct slot *slot = build_any_slot(b);
        word_t address;

        build_extra(b, slot != NULL && build_address(b->tcb, slot, &address) ? address : 0);
    }
    return (rng_one_in(b->rng, 2) ? rng_next(b->rng) << INFO_LABEL_SHIFT : 0) |
           (word_t)extras << INFO_EXTRA_CAPS_SHIFT | length;
}

void make_receive_slot(struct build *b)
{
    enum { RECEIVE_CNODE_AT = 125 };
    struct place place;

    if (rng_one_in(b->rng, 3) && build_empty_slot(b, 1, &place) != NULL) {
        build_buffer(b, RECEIVE_CNODE_AT, place.cnode);
        build_buffer(b, RECEIVE_CNODE_AT + 1, place.index);
        build_buffer(b, RECEIVE_CNODE_AT + 2, place.depth);
    }
}

/* Who calls or sends does not block for ever, most of the time, nor wake somebody who has no
 * context to run on. */
static void choose_open(struct build *b)
{
    struct op *op = b->op;

    const bool is_send = op->number == SYS_SEND || op->number == SYS_NB_SEND;

    if ((op->number == SYS_CALL && !choose_passive_callee(b, &op->word[WORD_CAP])) ||
        (is_send && !choose_active_receiver(b, &op->word[WORD_CAP]))) {
        op->number = SYS_YIELD;
    }
}

void make_ipc(struct build *b)
{
    static const int8_t all[] = {SYS_CALL,       SYS_CALL,         SYS_CALL,         SYS_CALL,
                                 SYS_REPLY_RECV, SYS_REPLY_RECV,   SYS_REPLY_RECV,   SYS_SEND,
                                 SYS_NB_SEND,    SYS_RECV,         SYS_RECV,         SYS_RECV,
                                 SYS_NB_RECV,    SYS_WAIT,         SYS_NB_WAIT,      SYS_YIELD,
                                 SYS_SEND,       SYS_NB_SEND_RECV, SYS_NB_SEND_WAIT, SYS_SEND};
    static const int8_t careful[] = {SYS_NB_SEND, SYS_NB_RECV, SYS_NB_WAIT, SYS_YIELD, SYS_SEND};
    struct op *op = b->op;
    enum cap_type what = rng_one_in(b->rng, 4) ? CAP_NOTIFICATION : CAP_ENDPOINT;

    op->number = choose_is_precious_thread(b->tcb) && !rng_one_in(b->rng, 6)
                     ? careful[rng_below(b->rng, ARRAY_SIZE(careful))]
                     : all[rng_below(b->rng, ARRAY_SIZE(all))];
    if (op->number == SYS_SEND && choose_is_precious_thread(b->tcb)) {
        what = CAP_NOTIFICATION;
    }
    op->word[WORD_INFO] = make_info(b);
    op->word[WORD_CAP] = build_pick_or_any(b, what);
    if (what == CAP_ENDPOINT && !rng_one_in(b->rng, 4)) {
        choose_open(b);
    } else if (what == CAP_NOTIFICATION && !rng_one_in(b->rng, 4)) {
        choose_signal_target(b, &op->word[WORD_CAP]);
    }
    op->word[WORD_REPLY] = build_pick_or_any(b, CAP_REPLY);
    op->word[WORD_DESTINATION] =
        build_pick_or_any(b, rng_one_in(b->rng, 3) ? CAP_REPLY : CAP_ENDPOINT);
    if (op->number == SYS_NB_SEND_WAIT || rng_one_in(b->rng, 12)) {
        op->word[WORD_REPLY] = build_pick_or_any(b, CAP_ENDPOINT);
    }
    for (unsigned i = 0; i < 3; i++) {
        op->word[WORD_MR0 + i] = rng_below(b->rng, 1000);
    }
    make_receive_slot(b);
}

void make_reply(struct build *b)
{
    static const int8_t numbers[] = {SYS_SEND, SYS_NB_SEND, SYS_CALL};
    struct op *op = b->op;

    op->number = numbers[rng_below(b->rng, ARRAY_SIZE(numbers))];
    op->word[WORD_CAP] = build_pick_or_any(b, CAP_REPLY);
    op->word[WORD_INFO] = rng_one_in(b->rng, 2) ? rng_below(b->rng, 24) : make_info(b);
}
