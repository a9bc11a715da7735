// SPDX-License-Identifier: BSD-2-Clause
#include "roles.h"

#include <abi/faults.h>
#include <abi/syscalls.h>

#include "arch/host/host.h"
#include "chain.h"
#include "choose.h"
#include "make.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/reply.h"
#include <arch/clock.h>
#include <arch/irq.h>

static uint64_t run_seed;
static enum theme theme;

/* ---- who is what ---- */

static uint64_t hash_of_thread(const struct tcb *tcb)
{
    struct rng own = {(uint64_t)(uintptr_t)tcb ^ run_seed};

    return rng_next(&own) >> 8;
}

enum role roles_of(const struct tcb *tcb)
{
    /* of 16 threads */
    static const uint8_t shares[THEME_COUNT][ROLE_COUNT] = {
        [THEME_MIXED] = {2, 6, 5, 3},   [THEME_CHAINS] = {1, 8, 6, 1},
        [THEME_QUEUES] = {1, 2, 11, 2}, [THEME_TIME] = {2, 6, 6, 2},
        [THEME_MEMORY] = {6, 4, 4, 2},  [THEME_INTERRUPTS] = {1, 4, 4, 7},
    };
    unsigned place = hash_of_thread(tcb) % 16;
    unsigned role = 0;

    if (choose_is_precious_thread(tcb)) {
        return ROLE_ANY;
    }
    while (place >= shares[theme][role]) {
        place -= shares[theme][role++];
    }
    return (enum role)role;
}

void roles_start(uint64_t seed, enum theme of_run)
{
    run_seed = seed;
    theme = of_run;
}

/* ---- servers ---- */

static bool is_to_answer(struct build *b, struct cap cap)
{
    const struct sched_context *sc = b->tcb->sched_context;

    return sc != NULL && sc->reply == cap_object(cap);
}

/* Somebody waits there who has lent nothing. */
static bool is_owed(struct build *b, struct cap cap)
{
    const struct reply *reply = cap_object(cap);

    (void)b;
    return reply->tcb != NULL && reply->tcb->state == THREAD_BLOCKED_ON_REPLY &&
           !reply_is_on_stack(reply);
}

static bool is_idle_reply(struct build *b, struct cap cap)
{
    (void)b;
    return ((const struct reply *)cap_object(cap))->tcb == NULL;
}

/* All registers, none, or something odd: what an answer to a fault can be. */
static word_t choose_answer(struct build *b)
{
    static const uint8_t lengths[] = {
        0, 0, UNKNOWN_SYSCALL_REPLY_COUNT, UNKNOWN_SYSCALL_REPLY_COUNT, 4, 20};
    const struct reply *top = b->tcb->sched_context->reply;
    const bool is_fault = top->tcb != NULL && top->tcb->fault.type != FAULT_NULL;

    if (is_fault && !rng_one_in(b->rng, 6)) {
        return lengths[rng_below(b->rng, ARRAY_SIZE(lengths))];
    }
    return rng_below(b->rng, rng_one_in(b->rng, 4) ? 24 : 6);
}

/* Somebody waits to be heard; who has lent his context away is only helped by another caller. */
static bool is_readable_queue(struct build *b, struct cap cap)
{
    const struct endpoint *endpoint = cap_object(cap);
    const struct tcb *head = endpoint_head(endpoint);

    return endpoint_state(endpoint) == ENDPOINT_SENDING &&
           (cap_can(cap, RIGHT_READ) || rng_one_in(b->rng, 4)) &&
           (chain_depth(b->tcb->sched_context) == 0 || head->wait.is_call ||
            (head->fault.type != FAULT_NULL && head->fault.type != FAULT_TIMEOUT));
}

static bool is_quiet(struct build *b, struct cap cap)
{
    return endpoint_state(cap_object(cap)) != ENDPOINT_SENDING &&
           (cap_can(cap, RIGHT_READ) || rng_one_in(b->rng, 4));
}

static void reply_and_receive(struct build *b, int64_t number)
{
    struct op *op = b->op;
    const uint64_t own = hash_of_thread(b->tcb);

    op->number = number;
    if ((rng_one_in(b->rng, theme == THEME_QUEUES ? 6 : 2) &&
         choose_that(b, CAP_ENDPOINT, is_readable_queue, &op->word[WORD_CAP])) ||
        (!rng_one_in(b->rng, 4) && choose_that(b, CAP_ENDPOINT, is_quiet, &op->word[WORD_CAP]))) {
        make_receive_slot(b);
        return;
    }
    op->word[WORD_CAP] = choose_nth(b, CAP_ENDPOINT, own + rng_below(b->rng, 2), RIGHT_READ);
    make_receive_slot(b);
}

/* Runs on what a caller has lent. */
static bool make_step_on_loan(struct build *b)
{
    struct op *op = b->op;
    const unsigned dice = rng_below(b->rng, 100);
    word_t top = 0, callee = 0;

    if (dice < 45 && choose_passive_callee(b, &callee)) {
        op->number = SYS_CALL; /* on to the next one */
        op->word[WORD_CAP] = callee;
        op->word[WORD_INFO] = rng_below(b->rng, 6);
    } else if (dice < 78 && choose_that(b, CAP_REPLY, is_to_answer, &top)) {
        op->word[WORD_INFO] = choose_answer(b);
        op->word[WORD_REPLY] = top;
        reply_and_receive(b, SYS_REPLY_RECV);
    } else if (dice < 83 && top != 0) {
        op->number = rng_one_in(b->rng, 2) ? SYS_SEND : SYS_NB_SEND;
        op->word[WORD_CAP] = top;
        op->word[WORD_INFO] = choose_answer(b);
    } else if (dice < 91 && host_timer != CLOCK_NEVER && host_timer - host_now < 100000) {
        op->kind = OP_TIME; /* the loan is used up */
        op->ticks = (unsigned)(host_timer - host_now) + rng_below(b->rng, 60);
    } else if (dice < 95) {
        make_cut(b);
    } else {
        return false;
    }
    return true;
}

static bool make_server_step(struct build *b)
{
    const unsigned dice = rng_below(b->rng, 20);

    if (chain_depth(b->tcb->sched_context) > 0) {
        return make_step_on_loan(b);
    }
    if (dice > 15) {
        return false;
    }
    if (dice < 6 && choose_that(b, CAP_REPLY, is_owed, &b->op->word[WORD_REPLY])) {
        b->op->word[WORD_INFO] = rng_below(b->rng, 6);
        reply_and_receive(b, SYS_REPLY_RECV);
        return true;
    }
    if (!choose_that(b, CAP_REPLY, is_idle_reply, &b->op->word[WORD_REPLY])) {
        b->op->word[WORD_REPLY] = choose_nth(b, CAP_REPLY, hash_of_thread(b->tcb), 0);
    }
    reply_and_receive(b, rng_one_in(b->rng, 4) ? SYS_REPLY_RECV : SYS_RECV);
    return true;
}

/* ---- clients ---- */

static bool has_open_handler(const struct tcb *tcb)
{
    const struct cap cap = tcb->slots[TCB_SLOT_FAULT_HANDLER].cap;

    return cap.type == CAP_ENDPOINT && endpoint_state(cap_object(cap)) == ENDPOINT_RECEIVING;
}

static bool is_queue(struct build *b, struct cap cap)
{
    (void)b;
    return endpoint_state(cap_object(cap)) == ENDPOINT_SENDING && cap_can(cap, RIGHT_WRITE);
}

static word_t choose_small_info(struct build *b)
{
    return rng_one_in(b->rng, 4) ? make_info(b) : rng_below(b->rng, rng_one_in(b->rng, 4) ? 30 : 5);
}

static bool make_client_step(struct build *b)
{
    struct op *op = b->op;
    const unsigned dice = rng_below(b->rng, 100);
    const unsigned queueing = theme == THEME_QUEUES ? 40 : 5;
    word_t where = 0;

    if (dice < 12 && has_open_handler(b->tcb)) {
        op->number = rng_below(b->rng, 400); /* a foreign system call */
    } else if (dice < 50 && choose_passive_callee(b, &where)) {
        op->number = SYS_CALL;
        op->word[WORD_CAP] = where;
        op->word[WORD_INFO] = choose_small_info(b);
    } else if (dice < 50 + queueing && choose_that(b, CAP_ENDPOINT, is_queue, &where)) {
        op->number = rng_one_in(b->rng, 3) ? SYS_SEND : SYS_CALL;
        op->word[WORD_CAP] = where;
        op->word[WORD_INFO] = choose_small_info(b);
    } else if (dice < 65) {
        op->number = SYS_SEND;
        choose_signal_target(b, &op->word[WORD_CAP]);
    } else if (dice < 75 && choose_active_receiver(b, &where)) {
        op->number = SYS_SEND;
        op->word[WORD_CAP] = where;
        op->word[WORD_INFO] = choose_small_info(b);
    } else if (dice < 77) {
        op->number = rng_one_in(b->rng, 2) ? SYS_SEND : SYS_CALL;
        op->word[WORD_CAP] = choose_callee(b);
        op->word[WORD_INFO] = choose_small_info(b);
    } else {
        return false;
    }
    return true;
}

/* ---- waiters ---- */

static bool is_of_interrupt(struct build *b, struct cap cap)
{
    bool is_found = false;

    (void)b;
    for (unsigned i = 0; i < 8 && cap_can(cap, RIGHT_READ); i++) {
        const struct cap handled = irq_notification(i + IRQ_USER_OFFSET)->cap;

        is_found |= handled.type == CAP_NOTIFICATION && cap_object(handled) == cap_object(cap);
    }
    return is_found;
}

static bool make_waiter_step(struct build *b)
{
    if (rng_one_in(b->rng, 5)) {
        return false;
    }
    b->op->number = rng_one_in(b->rng, 12) ? SYS_NB_WAIT : SYS_WAIT;
    if (!rng_one_in(b->rng, 2) ||
        !choose_that(b, CAP_NOTIFICATION, is_of_interrupt, &b->op->word[WORD_CAP])) {
        b->op->word[WORD_CAP] = choose_nth(
            b, CAP_NOTIFICATION, hash_of_thread(b->tcb) + rng_below(b->rng, 2), RIGHT_READ);
    }
    return true;
}

bool roles_make(struct build *b)
{
    switch (roles_of(b->tcb)) {
    case ROLE_SERVER: return make_server_step(b);
    case ROLE_CLIENT: return make_client_step(b);
    case ROLE_WAITER: return make_waiter_step(b);
    default: return false;
    }
}
