// SPDX-License-Identifier: BSD-2-Clause
#include "object/reply.h"

#include "core/fault.h"
#include "core/ipc.h"
#include "core/sched.h"

static void check(const struct reply *reply)
{
    assert(reply->tcb == NULL || reply->tcb->reply == reply);
    assert(reply->newer == NULL || reply->sched_context == NULL);
    assert(reply->sched_context == NULL || reply->sched_context->reply == reply);
    assert(reply->older == NULL || reply->older->newer == reply);
    assert(reply->newer == NULL || reply->newer->older == reply);
    (void)reply;
}

void reply_unlink(struct reply *reply)
{
    check(reply);
    reply->tcb->reply = NULL;
    reply->tcb = NULL;
}

void reply_expect(struct reply *reply, struct tcb *tcb)
{
    assert(reply->tcb == NULL && tcb->reply == NULL);
    reply->tcb = tcb;
    tcb->reply = reply;
}

static void stack_push(struct sched_context *sc, struct reply *reply)
{
    struct reply *top = sc->reply;

    assert(!reply_is_on_stack(reply) && reply->older == NULL);
    reply->older = top;
    reply->sched_context = sc;
    if (top != NULL) {
        top->newer = reply;
        top->sched_context = NULL;
    }
    sc->reply = reply;
}

/* Takes the top off its stack; returns the context it leads to. */
static struct sched_context *stack_pop(struct reply *top)
{
    struct sched_context *sc = top->sched_context;

    sc->reply = top->older;
    if (top->older != NULL) {
        top->older->newer = NULL;
        top->older->sched_context = sc;
    }
    top->older = NULL;
    top->sched_context = NULL;
    return sc;
}

/* Takes any reply out of its stack, which ends above it: older calls never get the context back. */
static void stack_cut(struct reply *reply)
{
    if (reply->newer != NULL) {
        reply->newer->older = NULL;
        reply->newer = NULL;
    } else if (reply->sched_context != NULL) {
        reply->sched_context->reply = NULL;
        reply->sched_context = NULL;
    }
    if (reply->older != NULL) {
        reply->older->newer = NULL;
        reply->older = NULL;
    }
}

void reply_push(struct reply *reply, struct tcb *caller, struct tcb *callee, bool can_donate)
{
    struct sched_context *sc = caller->sched_context;

    if (reply->tcb != NULL) {
        reply_unlink(reply); /* the receiver itself, from an earlier receive */
    }
    if (reply_is_on_stack(reply) || reply->older != NULL) {
        stack_cut(reply);
    }
    reply_expect(reply, caller);
    tcb_set_state(caller, THREAD_BLOCKED_ON_REPLY);
    if (can_donate && sc != NULL && callee->sched_context == NULL) {
        stack_push(sc, reply);
        sched_context_donate(sc, callee);
    }
    check(reply);
}

void reply_pop(struct reply *reply)
{
    struct tcb *caller = reply->tcb;

    check(reply);
    assert(caller->state == THREAD_BLOCKED_ON_REPLY);
    if (reply->sched_context != NULL) {
        struct sched_context *sc = stack_pop(reply);

        if (caller->sched_context == NULL) {
            sched_context_donate(sc, caller);
        }
    } else {
        stack_cut(reply);
    }
    reply_unlink(reply);
}

void reply_abandon(struct reply *reply)
{
    check(reply);
    stack_cut(reply);
    reply_unlink(reply);
}

/* The caller goes on, if it can pay for it; if not it is told, or waits until it can. */
static void resume_caller(struct tcb *caller, uint8_t answered_fault)
{
    struct sched_context *sc = caller->sched_context;

    if (sc == NULL || !tcb_is_runnable(caller) || !sched_context_is_active(sc)) {
        return;
    }
    if (refill_is_ready(sc)) {
        sched_wake(caller);
    } else if (!sched_context_is_round_robin(sc) && fault_has_timeout_handler(caller) &&
               answered_fault != FAULT_TIMEOUT) {
        fault_raise_timeout(caller);
    } else {
        sched_context_postpone(sc);
    }
}

void reply_send(struct reply *reply, struct tcb *replier, bool can_grant, struct ipc_caps caps)
{
    struct tcb *caller = reply->tcb;

    if (caller == NULL || caller->state != THREAD_BLOCKED_ON_REPLY) {
        return;
    }
    const uint8_t answered_fault = caller->fault.type;

    reply_pop(reply);
    sched_context_wake(caller->sched_context);
    if (answered_fault == FAULT_NULL) {
        ipc_transfer(replier, caller, NULL, 0, can_grant, caps);
        tcb_set_state(caller, THREAD_RUNNING);
    } else {
        bool goes_on = fault_apply_reply(caller, replier, context_info(&replier->context));

        caller->fault.type = FAULT_NULL;
        tcb_set_state(caller, goes_on ? THREAD_RESTART : THREAD_INACTIVE);
    }
    resume_caller(caller, answered_fault);
}

void reply_finalise(struct reply *reply)
{
    struct tcb *tcb = reply->tcb;

    if (tcb == NULL) {
        stack_cut(reply);
    } else if (tcb->state == THREAD_BLOCKED_ON_REPLY) {
        reply_pop(reply);
        tcb_cancel_ipc(tcb);
    } else {
        tcb_cancel_ipc(tcb);
    }
}
