// SPDX-License-Identifier: BSD-2-Clause
#include "object/endpoint.h"

#include "core/ipc.h"
#include "core/sched.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/wait_queue.h"

#define WORK_PER_WAITER 250
#define WORK_PER_LOOK   20

static void enqueue(struct endpoint *endpoint, struct tcb *tcb, enum endpoint_state state)
{
    struct tcb *head = endpoint_head(endpoint);

    if (endpoint->cancel_cursor != NULL &&
        endpoint->cancel_cursor->wait.cancel_badge == tcb->wait.badge) {
        endpoint->cancel_cursor = NULL; /* may stand where the walk has passed: from the start */
    }
    wait_queue_insert(&head, tcb);
    endpoint_set(endpoint, head, state);
}

/* The cursor's thread leaves the queue: whoever stands behind it is the next to be looked at. */
static void move_cursor_off(struct endpoint *endpoint, struct tcb *tcb)
{
    struct tcb *next = wait_queue_next(endpoint_head(endpoint), tcb);

    if (next != NULL) {
        next->wait.cancel_badge = tcb->wait.cancel_badge;
    }
    endpoint->cancel_cursor = next;
}

void endpoint_dequeue(struct endpoint *endpoint, struct tcb *tcb)
{
    struct tcb *head = endpoint_head(endpoint);

    if (endpoint->cancel_cursor == tcb) {
        move_cursor_off(endpoint, tcb);
    }
    wait_queue_remove(&head, tcb);
    endpoint_set(endpoint, head, endpoint_state(endpoint));
}

void endpoint_requeue(struct endpoint *endpoint, struct tcb *tcb)
{
    enum endpoint_state state = endpoint_state(endpoint);

    endpoint_dequeue(endpoint, tcb);
    enqueue(endpoint, tcb, state);
}

/* ---- sending ---- */

static void block_sender(struct endpoint *endpoint, struct tcb *sender, struct send_mode mode)
{
    sender->wait.endpoint = endpoint;
    sender->wait.badge = mode.badge;
    sender->wait.can_grant = mode.can_grant;
    sender->wait.can_grant_reply = mode.can_grant_reply;
    sender->wait.is_call = mode.is_call;
    tcb_set_state(sender, THREAD_BLOCKED_ON_SEND);
    enqueue(endpoint, sender, ENDPOINT_SENDING);
}

/* The message has arrived; what becomes of a sender that wants an answer. */
static void await_reply(struct tcb *sender, struct tcb *receiver, struct reply *reply,
                        bool may_reply, bool can_donate)
{
    if (reply != NULL && may_reply) {
        reply_push(reply, sender, receiver, can_donate);
    } else {
        tcb_set_state(sender, THREAD_INACTIVE);
    }
}

static void deliver(struct endpoint *endpoint, struct tcb *sender, struct send_mode mode)
{
    struct tcb *receiver = endpoint_head(endpoint);
    struct reply *reply = receiver->reply;

    endpoint_dequeue(endpoint, receiver);
    ipc_transfer(sender, receiver, endpoint, mode.badge, mode.can_grant, mode.caps);
    if (reply != NULL) {
        reply_unlink(reply);
    }
    if (mode.is_call || sender->fault.type != FAULT_NULL) {
        await_reply(sender, receiver, reply, mode.can_grant || mode.can_grant_reply,
                    mode.can_donate);
    } else if (mode.can_donate && receiver->sched_context == NULL &&
               sender->sched_context != NULL) {
        sched_context_donate(sender->sched_context, receiver);
    }
    tcb_set_state(receiver, THREAD_RUNNING);
    sched_context_wake(receiver->sched_context);
    sched_wake(receiver);
}

void endpoint_send(struct endpoint *endpoint, struct tcb *sender, struct send_mode mode)
{
    if (endpoint_state(endpoint) == ENDPOINT_RECEIVING) {
        deliver(endpoint, sender, mode);
    } else if (mode.blocking) {
        block_sender(endpoint, sender, mode);
    }
}

/* ---- receiving ---- */

static void block_receiver(struct endpoint *endpoint, struct tcb *receiver, struct reply *reply)
{
    if (receiver->bound_notification != NULL) {
        notification_take_back_context(receiver->bound_notification, receiver);
    }
    receiver->wait.endpoint = endpoint;
    if (reply != NULL) {
        reply_expect(reply, receiver);
    }
    tcb_set_state(receiver, THREAD_BLOCKED_ON_RECEIVE);
    enqueue(endpoint, receiver, ENDPOINT_RECEIVING);
}

/* A receiver that could have waited gives the notification's context back as if it had, if a
 * caller lends it another. */
static void make_room_for_context(struct tcb *receiver, const struct tcb *caller)
{
    if (receiver->bound_notification != NULL && caller->sched_context != NULL) {
        notification_take_back_context(receiver->bound_notification, receiver);
    }
}

static void take_from_sender(struct endpoint *endpoint, struct tcb *receiver, bool blocking,
                             struct reply *reply)
{
    struct tcb *sender = endpoint_head(endpoint);
    struct tcb_wait *wait = &sender->wait;
    const bool may_reply = wait->can_grant || wait->can_grant_reply;
    const bool can_donate = sender->fault.type != FAULT_TIMEOUT;

    endpoint_dequeue(endpoint, sender);
    ipc_transfer(sender, receiver, endpoint, wait->badge, wait->can_grant, (struct ipc_caps){0});
    sched_context_wake(sender->sched_context);
    if (wait->is_call || sender->fault.type != FAULT_NULL) {
        if (blocking && reply != NULL && may_reply && can_donate) {
            make_room_for_context(receiver, sender);
        }
        await_reply(sender, receiver, reply, may_reply, can_donate);
        return;
    }
    tcb_set_state(sender, THREAD_RUNNING);
    sched_wake(sender);
}

void endpoint_receive(struct endpoint *endpoint, struct tcb *receiver, bool blocking,
                      struct reply *reply)
{
    struct notification *bound = receiver->bound_notification;

    if (reply != NULL && reply->tcb != NULL && reply->tcb != receiver) {
        tcb_cancel_ipc(reply->tcb);
    }
    if (bound != NULL && bound->state == NOTIFICATION_ACTIVE) {
        notification_take(bound, receiver);
    } else if (endpoint_state(endpoint) == ENDPOINT_SENDING) {
        take_from_sender(endpoint, receiver, blocking, reply);
    } else if (blocking) {
        block_receiver(endpoint, receiver, reply);
    } else {
        context_set_badge(&receiver->context, 0);
    }
}

/* ---- cancelling ---- */

static void cancel_waiter(struct endpoint *endpoint, struct tcb *tcb)
{
    bool was_fault = tcb->fault.type != FAULT_NULL;

    if (tcb->state == THREAD_BLOCKED_ON_RECEIVE && tcb->reply != NULL) {
        reply_unlink(tcb->reply);
    }
    endpoint_dequeue(endpoint, tcb);
    if (was_fault) {
        tcb_set_state(tcb, THREAD_INACTIVE);
        return;
    }
    tcb_set_state(tcb, THREAD_RESTART);
    sched_context_wake(tcb->sched_context);
    sched_wake(tcb);
}

enum progress endpoint_cancel_all(struct endpoint *endpoint)
{
    while (endpoint_state(endpoint) != ENDPOINT_IDLE) {
        cancel_waiter(endpoint, endpoint_head(endpoint));
        if (preemption_point(WORK_PER_WAITER)) {
            return PROGRESS_PREEMPTED;
        }
    }
    sched_reschedule(this_core());
    return PROGRESS_DONE;
}

static void leave_cursor(struct endpoint *endpoint, struct tcb *at, word_t badge)
{
    at->wait.cancel_badge = badge;
    endpoint->cancel_cursor = at;
}

/*
 * Senders of other badges have to be passed without touching them, so that a long queue
 * of those would be walked again and again if the walk always began at the head. Hence
 * the cursor: it stays with a sender that is still to be looked at, and its badge says
 * for whom everybody before it has been looked at already.
 */
enum progress endpoint_cancel_badged(struct endpoint *endpoint, word_t badge)
{
    struct tcb *cursor = endpoint->cancel_cursor;
    struct tcb *tcb = endpoint_head(endpoint);

    if (endpoint_state(endpoint) != ENDPOINT_SENDING) {
        return PROGRESS_DONE;
    }
    if (cursor != NULL && cursor->wait.cancel_badge == badge) {
        tcb = cursor;
    }
    while (tcb != NULL) {
        struct tcb *next = wait_queue_next(endpoint_head(endpoint), tcb);
        unsigned work = WORK_PER_LOOK;

        if (tcb->wait.badge == badge) {
            cancel_waiter(endpoint, tcb);
            work = WORK_PER_WAITER;
        }
        tcb = next;
        if (tcb != NULL && preemption_point(work)) {
            leave_cursor(endpoint, tcb, badge);
            return PROGRESS_PREEMPTED;
        }
    }
    endpoint->cancel_cursor = NULL;
    sched_reschedule(this_core());
    return PROGRESS_DONE;
}
