// SPDX-License-Identifier: BSD-2-Clause
#include "object/sched_context.h"

#include "core/core.h"
#include "core/invocation.h"
#include "core/sched.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_control.h"
#include <arch/clock.h>

/* ---- the queue of refills, a ring of refill_max places ---- */

static struct refill *refill_at(struct sched_context *sc, word_t position)
{
    word_t index = sc->refill_first + position;

    return &sc->refills[index >= sc->refill_max ? index - sc->refill_max : index];
}

static struct refill *refill_last(struct sched_context *sc)
{
    return refill_at(sc, sc->refill_count - 1);
}

static struct refill pop_first(struct sched_context *sc)
{
    struct refill first = *refill_head(sc);

    assert(sc->refill_count > 1);
    sc->refill_first = sc->refill_first + 1 == sc->refill_max ? 0 : sc->refill_first + 1;
    sc->refill_count--;
    return first;
}

static void append(struct sched_context *sc, struct refill refill)
{
    assert(sc->refill_count < sc->refill_max);
    sc->refill_count++;
    *refill_last(sc) = refill;
}

/* Gives time back later: as a refill of its own, or with the last one if that reaches so far, or if
 * there is no room; then the last is delayed so that it ends at the same moment. */
static void schedule_used(struct sched_context *sc, struct refill used)
{
    struct refill *last = refill_last(sc);

    if (last->time + last->amount >= used.time) {
        last->amount += used.amount;
    } else if (sc->refill_count == sc->refill_max) {
        last->time = used.time - last->amount;
        last->amount += used.amount;
    } else {
        append(sc, used);
    }
}

/* ---- what the head is good for ---- */

bool refill_is_due(struct sched_context *sc)
{
    return refill_head(sc)->time <= this_core()->now;
}

bool refill_covers(struct sched_context *sc, ticks_t used)
{
    ticks_t amount = refill_head(sc)->amount;

    return used <= amount && amount - used >= min_budget_ticks;
}

bool refill_is_ready(struct sched_context *sc)
{
    return refill_is_due(sc) && refill_covers(sc, 0);
}

/* ---- using time ---- */

/* A head too small to be worth a switch joins the next one. */
static void merge_small_heads(struct sched_context *sc)
{
    for (unsigned i = 0; i < REFILL_STEPS; i++) {
        if (refill_head(sc)->amount >= min_budget_ticks || sc->refill_count == 1) {
            return;
        }
        struct refill small = pop_first(sc);
        struct refill *head = refill_head(sc);

        head->time -= MIN(head->time, small.amount);
        head->amount += small.amount;
    }
}

/* Whole refills that were used up return a period later. What remains of `used` is left. */
static ticks_t charge_whole_refills(struct sched_context *sc, ticks_t used)
{
    for (unsigned i = 0; i < REFILL_STEPS; i++) {
        struct refill *head = refill_head(sc);

        if (used < head->amount) {
            return used;
        }
        used -= head->amount;
        if (sc->refill_count == 1) {
            head->time += sc->period;
        } else {
            struct refill whole = pop_first(sc);

            whole.time += sc->period;
            schedule_used(sc, whole);
        }
    }
    /* Far overdrawn, by something that stopped the machine: pay the rest by waiting. */
    refill_head(sc)->time += used;
    return 0;
}

static void charge_periodic(struct sched_context *sc, ticks_t used)
{
    used = charge_whole_refills(sc, used);
    if (used > 0) {
        struct refill *head = refill_head(sc);
        struct refill part = {.time = head->time + sc->period, .amount = used};

        head->time += used;
        head->amount -= used;
        schedule_used(sc, part);
    }
    merge_small_heads(sc);
}

static void charge_round_robin(struct sched_context *sc, ticks_t used)
{
    struct refill *head = refill_head(sc);
    ticks_t charged = MIN(used, head->amount);

    head->amount -= charged;
    refill_last(sc)->amount += charged;
}

void refill_charge(struct sched_context *sc, ticks_t used)
{
    if (sched_context_is_round_robin(sc)) {
        charge_round_robin(sc, used);
    } else {
        charge_periodic(sc, used);
    }
}

void refill_end_slice(struct sched_context *sc, ticks_t used)
{
    if (sched_context_is_round_robin(sc)) {
        refill_head(sc)->amount += refill_last(sc)->amount;
        refill_last(sc)->amount = 0;
    } else {
        charge_periodic(sc, used);
    }
}

void refill_unblock(struct sched_context *sc)
{
    if (sched_context_is_round_robin(sc) || !refill_is_due(sc)) {
        return;
    }
    refill_head(sc)->time = this_core()->now;
    this_core()->deadline_changed = true;
    for (unsigned i = 0; i < REFILL_STEPS && sc->refill_count > 1; i++) {
        struct refill *head = refill_head(sc);

        if (refill_at(sc, 1)->time > head->time + head->amount) {
            break;
        }
        struct refill first = pop_first(sc);

        head = refill_head(sc);
        head->time = first.time;
        head->amount += first.amount;
    }
    merge_small_heads(sc);
}

void refill_repair(struct sched_context *sc)
{
    if (sched_context_is_round_robin(sc)) {
        refill_end_slice(sc, 0);
    } else {
        refill_unblock(sc);
    }
}

/* ---- parameters ---- */

static void set_first_refill(struct sched_context *sc, struct refill first, ticks_t period,
                             word_t refill_max)
{
    sc->period = period;
    sc->refill_max = refill_max;
    sc->refill_first = 0;
    sc->refill_count = 1;
    sc->refills[0] = first;
}

void refill_configure(struct sched_context *sc, ticks_t budget, ticks_t period, word_t refill_max)
{
    set_first_refill(sc, (struct refill){.time = this_core()->now, .amount = budget}, period,
                     refill_max);
    if (sched_context_is_round_robin(sc)) {
        append(sc, (struct refill){.time = this_core()->now, .amount = 0});
    }
}

void refill_reconfigure(struct sched_context *sc, ticks_t budget, ticks_t period, word_t refill_max)
{
    struct refill head = *refill_head(sc);
    ticks_t missing;

    head.time = MAX(head.time, this_core()->now);
    head.amount = MIN(head.amount, budget);
    missing = budget - head.amount;
    set_first_refill(sc, head, period, refill_max);
    if (missing > 0 || sched_context_is_round_robin(sc)) {
        append(sc, (struct refill){.time = head.time + period, .amount = missing});
    }
    if (!sched_context_is_round_robin(sc)) {
        merge_small_heads(sc);
    }
}

/* ---- binding ---- */

void sched_context_resume(struct sched_context *sc)
{
    if (sc == NULL || sc->tcb == NULL || !sched_is_schedulable(sc->tcb)) {
        return;
    }
    if (sched_context_is_round_robin(sc) && !refill_covers(sc, 0)) {
        refill_repair(sc);
    }
    if (!refill_is_ready(sc)) {
        sched_context_postpone(sc);
    }
}

void sched_context_wake(struct sched_context *sc)
{
    if (sc != NULL && sc->sporadic && sched_context_is_active(sc) &&
        sc != this_core()->sched_context) {
        refill_unblock(sc);
    }
}

void sched_context_postpone(struct sched_context *sc)
{
    sched_dequeue(sc->tcb);
    sched_release_insert(sc->tcb, refill_head(sc)->time);
}

void sched_context_bind_tcb(struct sched_context *sc, struct tcb *tcb)
{
    assert(sc->tcb == NULL && tcb->sched_context == NULL);
    sc->tcb = tcb;
    tcb->sched_context = sc;
    tcb->core = (uint8_t)sc->core;
    sched_context_wake(sc);
    sched_context_resume(sc);
    if (sched_is_schedulable(tcb)) {
        sched_enqueue_head(tcb);
        sched_reschedule(this_core());
    }
}

/* The thread cannot run any more. */
static void take_away(struct sched_context *sc, struct tcb *tcb)
{
    sched_dequeue(tcb);
    tcb->sched_context = NULL;
    sc->tcb = NULL;
    if (tcb == this_core()->current || tcb == this_core()->candidate) {
        sched_reschedule(this_core());
    }
}

void sched_context_unbind_tcb(struct sched_context *sc)
{
    struct tcb *tcb = sc->tcb;

    if (tcb != NULL) {
        tcb->core = (uint8_t)sc->core; /* kept as a record; that of a lent context is not */
        take_away(sc, tcb);
    }
}

void sched_context_bind_notification(struct sched_context *sc, struct notification *notification)
{
    sc->notification = notification;
    notification->sched_context = sc;
}

void sched_context_unbind_notification(struct sched_context *sc)
{
    if (sc->notification != NULL) {
        sc->notification->sched_context = NULL;
        sc->notification = NULL;
    }
}

void sched_context_cut_stack(struct sched_context *sc)
{
    if (sc->reply != NULL) {
        sc->reply->sched_context = NULL;
        sc->reply = NULL;
    }
}

void sched_context_unbind_all(struct sched_context *sc)
{
    sched_context_unbind_tcb(sc);
    sched_context_unbind_notification(sc);
    sched_context_cut_stack(sc);
}

void sched_context_donate(struct sched_context *sc, struct tcb *to)
{
    assert(to->sched_context == NULL);
    if (sc->tcb != NULL) {
        take_away(sc, sc->tcb);
    }
    sc->tcb = to;
    to->sched_context = sc;
}

void sched_context_finalise(struct sched_context *sc)
{
    sched_context_unbind_all(sc);
    if (sc->yield_from != NULL) {
        sched_context_complete_yield(sc->yield_from);
    }
    sc->refill_max = 0;
    sc->sporadic = false;
}

/* ---- consumption and YieldTo ---- */

uint64_t sched_context_take_consumed(struct sched_context *sc)
{
    uint64_t us = clock_to_us(sc->consumed);

    sc->consumed = 0;
    return us;
}

void sched_context_cancel_yield(struct tcb *yielder)
{
    if (yielder->yield_to != NULL) {
        yielder->yield_to->yield_from = NULL;
        yielder->yield_to = NULL;
    }
}

void sched_context_complete_yield(struct tcb *yielder)
{
    if (yielder->wait.is_call) {
        context_set_message_register(&yielder->context, 0,
                                     sched_context_take_consumed(yielder->yield_to));
        context_set_info(&yielder->context, 1);
        context_set_badge(&yielder->context, 0);
    }
    sched_context_cancel_yield(yielder);
}

static void yield_to(struct invocation *inv, struct sched_context *sc)
{
    struct tcb *caller = inv->caller;
    struct tcb *target = sc->tcb;
    bool runs_first = false;

    if (sc->yield_from != NULL) {
        sched_context_complete_yield(sc->yield_from);
    }
    sched_context_resume(sc);
    if (sched_is_schedulable(target)) {
        sched_context_wake(sc);
        sched_dequeue(target);
        runs_first =
            sc->core == caller->sched_context->core && target->priority >= caller->priority;
        if (runs_first) {
            caller->yield_to = sc;
            sc->yield_from = caller;
            caller->wait.is_call = inv->flags & SEND_CALL;
            sched_enqueue_head(caller);
            sched_reschedule(this_core());
        }
        sched_enqueue_head(target);
    }
    if (runs_first) {
        inv->flags &= ~(unsigned)SEND_CALL; /* the answer is given when the caller runs again */
    } else {
        inv_return(inv, 0, sched_context_take_consumed(sc));
    }
}

/* ---- decoding ---- */

static enum status decode_yield_to(struct invocation *inv, struct sched_context *sc)
{
    if (sc->tcb == NULL || sc->tcb == inv->caller ||
        sc->tcb->priority > inv->caller->max_controlled_priority || inv->caller->yield_to != NULL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    yield_to(inv, sc);
    return STATUS_OK;
}

/* Otherwise a thread could be woken later by something that does not look at its budget. */
bool sched_context_is_released(struct sched_context *sc)
{
    return sched_context_is_active(sc) && refill_is_due(sc);
}

static enum status decode_bind_tcb(struct invocation *inv, struct sched_context *sc,
                                   struct tcb *tcb)
{
    if (sc->tcb != NULL || tcb->sched_context != NULL ||
        (tcb_is_blocked(tcb) && !sched_context_is_released(sc))) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    sched_context_bind_tcb(sc, tcb);
    return STATUS_OK;
}

static enum status decode_bind(struct invocation *inv, struct sched_context *sc)
{
    if (inv_lacks(inv, 0, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    struct cap cap = inv_extra(inv, 0);

    if (cap.type == CAP_TCB) {
        return decode_bind_tcb(inv, sc, cap_object(cap));
    }
    if (cap.type != CAP_NOTIFICATION) {
        return refuse_capability(inv, 1);
    }
    struct notification *notification = cap_object(cap);

    if (sc->notification != NULL || notification->sched_context != NULL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    sched_context_bind_notification(sc, notification);
    return STATUS_OK;
}

static enum status decode_unbind_object(struct invocation *inv, struct sched_context *sc)
{
    if (inv_lacks(inv, 0, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    struct cap cap = inv_extra(inv, 0);

    if (cap.type == CAP_TCB) {
        if (sc->tcb != cap_object(cap) || sc->tcb == inv->caller) {
            return refuse(inv, ERR_ILLEGAL_OPERATION);
        }
        sched_context_unbind_tcb(sc);
    } else if (cap.type == CAP_NOTIFICATION) {
        if (sc->notification != cap_object(cap)) {
            return refuse(inv, ERR_ILLEGAL_OPERATION);
        }
        sched_context_unbind_notification(sc);
    } else {
        return refuse_capability(inv, 1);
    }
    return STATUS_OK;
}

enum status decode_sched_context(struct invocation *inv)
{
    struct sched_context *sc = cap_object(inv->cap);

    switch (inv->method) {
    case METHOD_SCHED_CONTEXT_BIND: return decode_bind(inv, sc);
    case METHOD_SCHED_CONTEXT_UNBIND:
        if (sc->tcb == inv->caller) {
            return refuse(inv, ERR_ILLEGAL_OPERATION);
        }
        sched_context_unbind_all(sc);
        return STATUS_OK;
    case METHOD_SCHED_CONTEXT_UNBIND_OBJECT: return decode_unbind_object(inv, sc);
    case METHOD_SCHED_CONTEXT_CONSUMED:
        inv_return(inv, 0, sched_context_take_consumed(sc));
        return STATUS_OK;
    case METHOD_SCHED_CONTEXT_YIELD_TO: return decode_yield_to(inv, sc);
    default: return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
}
