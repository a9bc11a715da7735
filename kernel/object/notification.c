// SPDX-License-Identifier: BSD-2-Clause
#include "object/notification.h"

#include "core/sched.h"
#include "object/endpoint.h"
#include "object/wait_queue.h"

#define WORK_PER_WAITER 250

/* A thread without a context of its own runs on the notification's, if that one is free. */
static void lend_context(struct notification *notification, struct tcb *tcb)
{
    struct sched_context *sc = notification->sched_context;

    if (tcb->sched_context == NULL && sc != NULL && sc->tcb == NULL) {
        sched_context_donate(sc, tcb);
        sched_context_resume(sc);
    }
}

static void wake(struct notification *notification, struct tcb *tcb, word_t badge)
{
    tcb_set_state(tcb, THREAD_RUNNING);
    context_set_badge(&tcb->context, badge);
    lend_context(notification, tcb);
    sched_context_wake(tcb->sched_context);
    sched_wake(tcb);
}

void notification_signal(struct notification *notification, word_t badge)
{
    struct tcb *bound = notification->bound_tcb;
    struct tcb *first = notification->queue;

    switch ((enum notification_state)notification->state) {
    case NOTIFICATION_IDLE:
        if (bound != NULL && bound->state == THREAD_BLOCKED_ON_RECEIVE) {
            tcb_cancel_ipc(bound);
            wake(notification, bound, badge);
        } else {
            notification->word = badge;
            notification->state = NOTIFICATION_ACTIVE;
        }
        break;
    case NOTIFICATION_WAITING:
        notification_dequeue(notification, first);
        wake(notification, first, badge);
        break;
    case NOTIFICATION_ACTIVE: notification->word |= badge; break;
    }
}

void notification_take(struct notification *notification, struct tcb *tcb)
{
    context_set_badge(&tcb->context, notification->word);
    notification->state = NOTIFICATION_IDLE;
    notification->word = 0;
    lend_context(notification, tcb);
    sched_context_wake(tcb->sched_context);
}

void notification_take_back_context(struct notification *notification, struct tcb *tcb)
{
    struct sched_context *sc = notification->sched_context;

    if (sc != NULL && tcb->sched_context == sc) {
        sched_context_unbind_tcb(sc);
    }
}

void notification_receive(struct notification *notification, struct tcb *tcb, bool blocking)
{
    if (notification->state == NOTIFICATION_ACTIVE) {
        notification_take(notification, tcb);
    } else if (blocking) {
        notification_take_back_context(notification, tcb);
        tcb->wait.notification = notification;
        tcb_set_state(tcb, THREAD_BLOCKED_ON_NOTIFICATION);
        wait_queue_insert(&notification->queue, tcb);
        notification->state = NOTIFICATION_WAITING;
    } else {
        context_set_badge(&tcb->context, 0);
    }
}

void notification_dequeue(struct notification *notification, struct tcb *tcb)
{
    wait_queue_remove(&notification->queue, tcb);
    if (notification->queue == NULL) {
        notification->state = NOTIFICATION_IDLE;
    }
}

void notification_requeue(struct notification *notification, struct tcb *tcb)
{
    wait_queue_remove(&notification->queue, tcb);
    wait_queue_insert(&notification->queue, tcb);
}

enum progress notification_cancel_all(struct notification *notification)
{
    while (notification->state == NOTIFICATION_WAITING) {
        struct tcb *tcb = notification->queue;

        notification_dequeue(notification, tcb);
        tcb_set_state(tcb, THREAD_RESTART);
        sched_context_wake(tcb->sched_context);
        sched_wake(tcb);
        if (preemption_point(WORK_PER_WAITER)) {
            return PROGRESS_PREEMPTED;
        }
    }
    sched_reschedule(this_core());
    return PROGRESS_DONE;
}
