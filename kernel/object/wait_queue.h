// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads waiting at an endpoint or a notification: highest priority first, first
 * come first served among equals.
 *
 * Waiters of one priority form a ring; the first of each ring is its leader, and
 * the leaders form a ring of their own, highest priority first. No step depends
 * on how many wait: inserting passes at most one leader per priority.
 *
 *    head -> leader prio 200 -> leader prio 90 -> leader prio 3 -> (head)
 *               | ring             | ring
 *             tcb, tcb            tcb
 */
#pragma once

#include "lib/base.h"

struct tcb;

/* `head` is the queue: NULL when empty. Behind all waiters of the same priority. */
void wait_queue_insert(struct tcb **head, struct tcb *tcb);

/* A thread that waits nowhere is a ring of its own, among leaders of its own: so is one that waits
 * alone, and neither insertion nor removal has anything to do but set the head. */
void wait_links_init(struct tcb *tcb);
void wait_queue_remove(struct tcb **head, struct tcb *tcb);

/* The waiter behind `tcb` in queue order, NULL behind the last. */
struct tcb *wait_queue_next(const struct tcb *head, const struct tcb *tcb);
