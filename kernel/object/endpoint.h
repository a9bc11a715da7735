// SPDX-License-Identifier: BSD-2-Clause
/*
 * Endpoints: where threads meet to exchange a message.
 *
 *            first sender            first receiver
 *   SENDING <------------- IDLE ----------------> RECEIVING
 *           ------------->      <----------------
 *            last one gone           last one gone
 *
 * Never both kinds wait at once: who finds a partner does not queue. The state
 * lives in the low bits of the queue word; an idle endpoint has no queue.
 */
#pragma once

#include "core/ipc.h"

#include "core/preemption.h"
#include "object/cap.h"
#include "object/tcb.h"

enum endpoint_state { ENDPOINT_IDLE = 0, ENDPOINT_SENDING = 1, ENDPOINT_RECEIVING = 2 };

struct endpoint {
    word_t queue_word; /* first waiter | state */
    /* While a CancelBadgedSends is interrupted: the next sender it has to look at. */
    struct tcb *cancel_cursor;
};

static_assert(sizeof(struct endpoint) == 1u << ENDPOINT_BITS, "endpoint size is part of the ABI");

static inline enum endpoint_state endpoint_state(const struct endpoint *endpoint)
{
    return (enum endpoint_state)(endpoint->queue_word & 3);
}

static inline struct tcb *endpoint_head(const struct endpoint *endpoint)
{
    return (struct tcb *)(endpoint->queue_word & ~(word_t)3);
}

static inline void endpoint_set(struct endpoint *endpoint, struct tcb *head,
                                enum endpoint_state state)
{
    endpoint->queue_word = (word_t)head | (head == NULL ? ENDPOINT_IDLE : state);
}

/* How a message is sent: which system call, and the rights of the capability used. */
struct send_mode {
    word_t badge;
    bool blocking;
    bool is_call;
    bool can_grant;
    bool can_grant_reply;
    bool can_donate;
    struct ipc_caps caps; /* of the message */
};

/* Sends `sender`'s message (or pending fault) or queues the sender. */
void endpoint_send(struct endpoint *endpoint, struct tcb *sender, struct send_mode mode);

/* Receives into `receiver`, or queues it. `reply` (NULL: none) takes the caller, if one calls. */
void endpoint_receive(struct endpoint *endpoint, struct tcb *receiver, bool blocking,
                      struct reply *reply);

/* Takes a thread out of the queue it waits in; its state is the caller's business. */
void endpoint_dequeue(struct endpoint *endpoint, struct tcb *tcb);

/* Puts a waiting thread behind those of its (changed) priority. */
void endpoint_requeue(struct endpoint *endpoint, struct tcb *tcb);

/* Sends every waiter back to try again (faulting ones stop). */
enum progress endpoint_cancel_all(struct endpoint *endpoint) MUST_USE;

/* The same for those that send with this badge. */
enum progress endpoint_cancel_badged(struct endpoint *endpoint, word_t badge) MUST_USE;
