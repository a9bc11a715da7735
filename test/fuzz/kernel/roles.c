// SPDX-License-Identifier: BSD-2-Clause
#include "roles.h"

#include <string.h>

#include <abi/syscalls.h>

#include "choose.h"
#include "make.h"

enum role { ROLE_ANY, ROLE_SERVER, ROLE_CLIENT, ROLE_WAITER };

static uint64_t run_seed;

static uint64_t hash_of_thread(const struct tcb *tcb)
{
    struct rng own = {(uint64_t)(uintptr_t)tcb ^ run_seed};

    return rng_next(&own) >> 8;
}

static enum role role_of(const struct tcb *tcb)
{
    static const uint8_t roles[] = {ROLE_SERVER, ROLE_SERVER, ROLE_SERVER, ROLE_CLIENT,
                                    ROLE_CLIENT, ROLE_CLIENT, ROLE_WAITER, ROLE_ANY};

    return choose_is_precious_thread(tcb) ? ROLE_ANY : (enum role)roles[hash_of_thread(tcb) % 8];
}

static bool make_server_step(struct build *b)
{
    const uint64_t own = hash_of_thread(b->tcb);
    struct op *op = b->op;
    const unsigned dice = rng_below(b->rng, 20);

    op->word[WORD_CAP] = choose_nth(b, CAP_ENDPOINT, own + rng_below(b->rng, 2), RIGHT_READ);
    op->word[WORD_REPLY] = choose_nth(b, CAP_REPLY, own >> 8, 0);
    op->word[WORD_INFO] = rng_below(b->rng, rng_one_in(b->rng, 4) ? 24 : 6);
    if (dice < 9) {
        op->number = SYS_REPLY_RECV;
    } else if (dice < 12) {
        op->number = SYS_RECV;
    } else if (dice < 16) {
        op->number = SYS_CALL; /* the server of another server */
        op->word[WORD_CAP] = choose_callee(b);
    } else {
        memset(op->word, 0, sizeof(op->word));
        return false;
    }
    make_receive_slot(b);
    return true;
}

static bool make_client_step(struct build *b)
{
    struct op *op = b->op;
    const unsigned dice = rng_below(b->rng, 20);

    op->word[WORD_INFO] = rng_one_in(b->rng, 3) ? make_info(b) : rng_below(b->rng, 6);
    op->word[WORD_CAP] = rng_one_in(b->rng, 3)
                             ? choose_nth(b, CAP_ENDPOINT, rng_next(b->rng) >> 8, RIGHT_WRITE)
                             : choose_callee(b);
    if (dice < 11) {
        op->number = SYS_CALL;
    } else if (dice < 13) {
        op->number = SYS_SEND;
    } else if (dice < 15) {
        op->number = rng_below(b->rng, 400);
    } else {
        op->buffer_count = 0;
        b->extras = b->length = 0;
        memset(op->word, 0, sizeof(op->word));
        return false;
    }
    return true;
}

static bool make_waiter_step(struct build *b)
{
    if (rng_one_in(b->rng, 5)) {
        return false;
    }
    b->op->number = rng_one_in(b->rng, 12) ? SYS_NB_WAIT : SYS_WAIT;
    b->op->word[WORD_CAP] =
        choose_nth(b, CAP_NOTIFICATION, hash_of_thread(b->tcb) + rng_below(b->rng, 2), RIGHT_READ);
    return true;
}

void roles_start(uint64_t seed)
{
    run_seed = seed;
}

bool roles_make(struct build *b)
{
    switch (role_of(b->tcb)) {
    case ROLE_SERVER: return make_server_step(b);
    case ROLE_CLIENT: return make_client_step(b);
    case ROLE_WAITER: return make_waiter_step(b);
    default: return false;
    }
}
