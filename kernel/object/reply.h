// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reply objects: who waits for an answer, and the way back for a lent scheduling
 * context.
 *
 *           Recv with it               Call, fault arrives
 *    IDLE ---------------> WAITING ------------------------> CALLED
 *     ^                       |                                 |
 *     +-----------------------+---------------------------------+
 *        receive cancelled or       answered, caller cancelled,
 *        satisfied otherwise        object deleted
 *
 *   WAITING: tcb is blocked in a receive that named this object; tcb->reply == this.
 *   CALLED:  tcb is BLOCKED_ON_REPLY; tcb->reply == this.
 *
 * When the caller lent its scheduling context along with the call, the reply
 * object is pushed on that context's call stack: newer calls made on the same
 * context lie above it. Answering (or deleting) the top one hands the context
 * back; one taken out of the middle cuts the stack there.
 */
#pragma once

#include "core/ipc.h"

#include "object/cap.h"

struct tcb;
struct sched_context;

struct reply {
    struct tcb *tcb;
    struct reply *older;                 /* the call below on the stack */
    struct reply *newer;                 /* the call above, NULL for the top */
    struct sched_context *sched_context; /* set on the top only: the stack's context */
};

static_assert(sizeof(struct reply) == 1u << REPLY_BITS, "reply size is part of the ABI");

static inline bool reply_is_on_stack(const struct reply *reply)
{
    return reply->newer != NULL || reply->sched_context != NULL;
}

/* The receive of `tcb` will put its caller here, until undone by reply_unlink(). */
void reply_expect(struct reply *reply, struct tcb *tcb);

/* Dissolves the association, whichever it is, without handing anything back; no stack is touched.*/
void reply_unlink(struct reply *reply);

/* `caller` now waits for the answer of `callee` in this (idle) object; lends its context if
 * `can_donate` and the callee has none. */
void reply_push(struct reply *reply, struct tcb *caller, struct tcb *callee, bool can_donate);

/* Dissolves CALLED; the context goes back to the caller if this object is the top of its stack and
 * the caller has none. */
void reply_pop(struct reply *reply);

/* Dissolves CALLED because the caller no longer waits: nothing goes back. */
void reply_abandon(struct reply *reply);

/* Sends replier's message as the answer; nothing happens if nobody waits. */
void reply_send(struct reply *reply, struct tcb *replier, bool can_grant, struct ipc_caps caps);

/* Last capability deleted. */
void reply_finalise(struct reply *reply);
