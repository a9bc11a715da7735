// SPDX-License-Identifier: BSD-2-Clause
#include "choose.h"

#include <abi/bootinfo.h>
#include <abi/limits.h>

#include "core/sched.h"
#include "object/endpoint.h"
#include "object/notification.h"

/* The initial thread's own things are seldom touched, or little else would happen. */
bool choose_is_precious(const struct slot *slot)
{
    const struct object *container = model_container(slot);

    return (container != NULL && container->epoch == 1 &&
            (word_t)slot - container->base < SLOT_INITIAL_COUNT * sizeof(*slot)) ||
           slot->cap.type == CAP_SCHED_CONTROL;
}

bool choose_is_precious_thread(const struct tcb *tcb)
{
    const struct object *object = model_object(tcb);

    return object != NULL && object->epoch < 20;
}

struct slot *choose_slot(struct build *b, bool is_to_go)
{
    for (unsigned try = 0; try < 6; try++) {
        struct slot *slot = build_any_slot(b);

        if (slot != NULL && (!is_to_go || !choose_is_precious(slot) || rng_one_in(b->rng, 100)) &&
            (!is_to_go || slot->cap.type != CAP_UNTYPED || rng_one_in(b->rng, 3))) {
            return slot;
        }
    }
    return NULL;
}

word_t choose_data(struct build *b, struct cap cap)
{
    if (cap.type == CAP_CNODE && !rng_one_in(b->rng, 8)) {
        const unsigned size =
            rng_one_in(b->rng, 2) ? WORD_BITS - (unsigned)cap.bits : rng_below(b->rng, 60);
        const unsigned fits = MIN(size, WORD_BITS - (unsigned)cap.bits);

        return (rng_one_in(b->rng, 2) ? 0 : rng_next(b->rng) & MASK(MIN(fits, 8u)))
                   << GUARD_SIZE_BITS |
               fits;
    }
    return rng_one_in(b->rng, 4) ? build_odd_number(b->rng) : rng_below(b->rng, 4);
}

/* A TCB that is not the initial thread's, most of the time. */
word_t choose_tcb(struct build *b)
{
    word_t address = 0;
    struct slot *slot;

    for (unsigned try = 0; try < 4; try++) {
        if (build_pick(b, CAP_TCB, &address, &slot) &&
            (cap_object(slot->cap) != (void *)b->tcb || rng_one_in(b->rng, 20)) &&
            (!choose_is_precious(slot) || rng_one_in(b->rng, 60))) {
            return address;
        }
    }
    return rng_below(b->rng, 300);
}

static bool has_need(const struct tcb *tcb, enum need need)
{
    const bool has_space = tcb->slots[TCB_SLOT_CSPACE].cap.type == CAP_CNODE;

    switch (need) {
    case NEEDS_SPACE: return !has_space;
    case NEEDS_CONTEXT: return has_space && tcb->sched_context == NULL && !tcb_is_blocked(tcb);
    default: return has_space && tcb->sched_context != NULL && tcb->state == THREAD_INACTIVE;
    }
}

/* A thread that lacks something, if there is one. */
word_t choose_needy_tcb(struct build *b, enum need need)
{
    const struct node_list list = model_list(CAP_TCB);
    word_t address;

    for (unsigned try = 0; list.count > 0 && !rng_one_in(b->rng, 8) && try < 24; try++) {
        const struct slot *slot = list.nodes[rng_below(b->rng, list.count)]->slot;

        if (slot->cap.type == CAP_TCB && has_need(cap_object(slot->cap), need) &&
            build_address(b->tcb, slot, &address)) {
            return address;
        }
    }
    return choose_tcb(b);
}

word_t choose_endpoint_or_null(struct build *b)
{
    return rng_one_in(b->rng, 4) ? 0 : build_pick_or_any(b, CAP_ENDPOINT);
}

word_t choose_root(struct build *b)
{
    return rng_one_in(b->rng, 4) ? build_pick_or_any(b, CAP_TABLE) : SLOT_INIT_VSPACE;
}

word_t choose_cspace(struct build *b)
{
    return rng_one_in(b->rng, 10) ? build_pick_or_any(b, CAP_CNODE) : SLOT_INIT_CNODE;
}

word_t choose_buffer(struct build *b)
{
    return rng_one_in(b->rng, 8) ? build_odd_number(b->rng)
                                 : (rng_below(b->rng, 16) << IPC_BUFFER_BITS) + 0x800000;
}

/* Few different ones, so that equals meet. */
unsigned choose_priority(struct build *b)
{
    static const uint8_t some[] = {60, 90, 100, 100, 100, 110, 110, 140};

    return rng_one_in(b->rng, 10) ? rng_below(b->rng, 256)
                                  : some[rng_below(b->rng, ARRAY_SIZE(some))];
}

word_t choose_us(struct build *b)
{
    return rng_one_in(b->rng, 12)
               ? build_odd_number(b->rng)
               : MIN_BUDGET_US + rng_below(b->rng, rng_one_in(b->rng, 2) ? 60 : 2000);
}

bool choose_that(struct build *b, enum cap_type type, bool (*fits)(struct build *b, struct cap cap),
                 word_t *address)
{
    const struct node_list list = model_list(type);
    const unsigned start = list.count == 0 ? 0 : rng_below(b->rng, list.count);

    for (unsigned i = 0; i < list.count; i++) {
        const struct slot *slot = list.nodes[(start + i) % list.count]->slot;

        if (slot->cap.type == (unsigned)type && fits(b, slot->cap) &&
            build_address(b->tcb, slot, address)) {
            return true;
        }
    }
    return false;
}

/* The n-th capability of a type, or one of those behind it. */
word_t choose_nth(struct build *b, enum cap_type type, uint64_t n, unsigned right)
{
    const struct node_list list = model_list(type);
    word_t address;

    for (unsigned i = 0; i < list.count && i < 8; i++) {
        const struct slot *slot = list.nodes[(n + i) % list.count]->slot;

        if (cap_can(slot->cap, right) && build_address(b->tcb, slot, &address)) {
            return address;
        }
    }
    return rng_below(b->rng, 256);
}

/* Or, now and then, has not. */
static bool has_right(struct build *b, struct cap cap, unsigned right)
{
    return cap_can(cap, right) || rng_one_in(b->rng, 4);
}

static bool is_passive_callee(struct build *b, struct cap cap)
{
    const struct endpoint *endpoint = cap_object(cap);
    const struct tcb *head = endpoint_head(endpoint);

    return endpoint_state(endpoint) == ENDPOINT_RECEIVING && head->sched_context == NULL &&
           head->reply != NULL && has_right(b, cap, RIGHT_WRITE);
}

static bool is_active_receiver(struct build *b, struct cap cap)
{
    const struct endpoint *endpoint = cap_object(cap);

    return endpoint_state(endpoint) == ENDPOINT_RECEIVING &&
           endpoint_head(endpoint)->sched_context != NULL && has_right(b, cap, RIGHT_WRITE);
}

bool choose_active_receiver(struct build *b, word_t *address)
{
    return choose_that(b, CAP_ENDPOINT, is_active_receiver, address);
}

static bool is_signal_target(struct build *b, struct cap cap)
{
    const struct notification *n = cap_object(cap);
    const struct tcb *woken = n->queue != NULL ? n->queue : n->bound_tcb;

    return (woken == NULL || woken->sched_context != NULL || n->sched_context != NULL ||
            woken->state == THREAD_BLOCKED_ON_REPLY) &&
           has_right(b, cap, RIGHT_WRITE);
}

bool choose_signal_target(struct build *b, word_t *address)
{
    return choose_that(b, CAP_NOTIFICATION, is_signal_target, address);
}

bool choose_passive_callee(struct build *b, word_t *address)
{
    return choose_that(b, CAP_ENDPOINT, is_passive_callee, address);
}

/* Somewhere to call: rather where somebody waits for calls, without a context of its own. */
word_t choose_callee(struct build *b)
{
    const struct node_list list = model_list(CAP_ENDPOINT);
    word_t address;

    for (unsigned try = 0; list.count > 0 && try < 10; try++) {
        const struct slot *slot = list.nodes[rng_below(b->rng, list.count)]->slot;
        const struct endpoint *endpoint = cap_object(slot->cap);
        const bool is_open = endpoint_state(endpoint) == ENDPOINT_RECEIVING &&
                             (endpoint_head(endpoint)->sched_context == NULL || try > 5);

        if ((is_open || rng_one_in(b->rng, 12)) && cap_can(slot->cap, RIGHT_WRITE) &&
            build_address(b->tcb, slot, &address)) {
            return address;
        }
    }
    return choose_nth(b, CAP_ENDPOINT, rng_next(b->rng) >> 8, RIGHT_WRITE);
}

vaddr_t choose_vaddr(struct build *b)
{
    switch (rng_below(b->rng, 8)) {
    case 0: return build_odd_number(b->rng);
    case 1: return (vaddr_t)rng_below(b->rng, 4) << 39;
    case 2: return (vaddr_t)rng_below(b->rng, 4) << 30;
    case 3: return (vaddr_t)rng_below(b->rng, 8) << 21;
    default:
        return (vaddr_t)rng_below(b->rng, 3) << 30 | (vaddr_t)rng_below(b->rng, 4) << 21 |
               (vaddr_t)rng_below(b->rng, 32) << 12;
    }
}
