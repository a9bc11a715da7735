// SPDX-License-Identifier: BSD-2-Clause
/*
 * Notifications: a word of sticky bits, and those who wait for one.
 *
 *            signal                 wait
 *   ACTIVE <-------- IDLE -----------------> WAITING
 *          --------> ^    <----------------
 *      wait, poll    |       signal, last one gone
 *
 * ACTIVE: `word` is the OR of the badges signalled since it was last taken (it
 * may be 0). WAITING: the queue is not empty. A thread bound to the notification
 * also gets the signal while it waits to receive on an endpoint.
 */
#pragma once

#include "core/preemption.h"
#include "object/cap.h"

struct tcb;
struct sched_context;

enum notification_state { NOTIFICATION_IDLE, NOTIFICATION_WAITING, NOTIFICATION_ACTIVE };

struct notification {
    word_t state; /* enum notification_state */
    word_t word;
    struct tcb *queue;
    struct tcb *bound_tcb;
    struct sched_context *sched_context; /* lent to whoever it wakes and has none */
    word_t spare[3];
};

static_assert(sizeof(struct notification) == 1u << NOTIFICATION_BITS, "part of the ABI");

void notification_signal(struct notification *notification, word_t badge);

/* Wait or poll by `tcb`. */
void notification_receive(struct notification *notification, struct tcb *tcb, bool blocking);

/* The bound notification is active: the receive of `tcb` takes its word instead. */
void notification_take(struct notification *notification, struct tcb *tcb);

/* `tcb` runs on the notification's scheduling context and stops to wait: it gives it back. */
void notification_take_back_context(struct notification *notification, struct tcb *tcb);

void notification_dequeue(struct notification *notification, struct tcb *tcb);
void notification_requeue(struct notification *notification, struct tcb *tcb);
enum progress notification_cancel_all(struct notification *notification) MUST_USE;
