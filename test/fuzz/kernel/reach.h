// SPDX-License-Identifier: BSD-2-Clause
/*
 * How rich the states are that sequences get into. Every row is something that has to
 * happen often enough: its floor, per million steps, is what --short insists on, so that
 * a change that makes sequences poorer does not go unnoticed. Floors are about half of
 * what there was when they were written.
 */
#pragma once

#include <stdio.h>

#include "core/fault.h"
#include "view.h"

/* X(NAME, what, floor) */
#define REACHES(X)                                                                                 \
    /* counted as they happen */                                                                   \
    X(CALLS, "system calls", 420000)                                                               \
    X(ANSWERED, "invocations answered", 210000)                                                    \
    X(REFUSED, "invocations refused", 70000)                                                       \
    X(EVENTS, "changes of the derivation tree", 130000)                                            \
    X(PUT_OFF, "long operations that gave way", 7600)                                              \
    X(FAST_CALLS, "fast calls", 3900)                                                              \
    X(FAST_REPLIES, "fast replies", 2700)                                                          \
    X(FAST_FOREIGN, "fast foreign calls", 230)                                                     \
    X(FAST_FOREIGN_REPLIES, "fast replies to foreign calls", 210)                                  \
    X(FAST_SENDS, "fast sends", 460)                                                               \
    X(FAST_SIGNALS, "fast signals", 6700)                                                          \
    X(FAST_YIELDS, "fast yields", 2000)                                                            \
    X(FAST_INTERRUPTS, "fast interrupts", 12)                                                      \
    X(ON_LOAN, "steps on a lent context", 20000)                                                   \
    X(ON_LOAN_TWICE, "steps on a context lent on", 2700)                                           \
    X(ON_LOAN_MORE, "steps on one lent further", 350)                                              \
    X(LOANS_SPENT, "budgets that ended on loan", 740)                                              \
    X(TIMEOUTS, "timeout faults", 3800)                                                            \
    X(TIMEOUTS_ON_LOAN, "timeout faults on loan", 250)                                             \
    X(CHAIN_SUSPENDED, "threads of a chain suspended", 130)                                        \
    X(CHAIN_DELETED, "parts of a chain deleted", 560)                                              \
    X(CHAIN_REVOKED, "parts of a chain revoked", 310)                                              \
    X(CHAIN_UNBOUND, "contexts on loan unbound or configured", 380)                                \
    X(LENT_BY_SIGNAL, "steps on a notification's context", 75000)                                  \
    X(YIELDED_TO, "YieldTo that waited", 910)                                                      \
    X(CANCELLED, "CancelBadgedSends with four or more waiting", 110)                               \
    X(STALE_CAPS, "calls to capabilities whose mapping is gone", 84)                               \
    X(INTERRUPTS, "interrupts with a handler", 1300)                                               \
    /* sampled */                                                                                  \
    X(SAMPLES, "looks at all objects", 0)                                                          \
    X(INACTIVE, "threads inactive", 33000)                                                         \
    X(RUNNING, "threads running", 49000)                                                           \
    X(RESTARTING, "threads restarting", 86000)                                                     \
    X(RECEIVING, "threads receiving", 18000)                                                       \
    X(SENDING, "threads sending", 51000)                                                           \
    X(AWAITING_REPLY, "threads awaiting a reply", 19000)                                           \
    X(AWAITING_SIGNAL, "threads awaiting a signal", 15000)                                         \
    X(AWAITING_BUDGET, "threads awaiting their budget", 22000)                                     \
    X(OTHER_DOMAIN, "threads ready in another domain", 420)                                        \
    X(BOUND_RECEIVING, "threads receiving with a notification", 5400)                              \
    X(DEPTH_1, "contexts lent", 2500)                                                              \
    X(DEPTH_2, "contexts lent on", 240)                                                            \
    X(DEPTH_3, "contexts lent further", 19)                                                        \
    X(MANY_REFILLS, "contexts with three or more refills", 32000)                                  \
    X(SPORADIC_REFILLS, "sporadic ones of these", 13000)                                           \
    X(LONG_QUEUES, "endpoints with four or more senders of several badges", 1200)                  \
    X(ZOMBIES, "zombies", 1200)                                                                    \
    X(FRAMES, "frames mapped", 94000)                                                              \
    X(LARGE_FRAMES, "large frames mapped", 690)                                                    \
    X(TABLES, "tables mapped", 44000)                                                              \
    X(STALE, "mapped capabilities without an address space", 3800)                                 \
    X(POOLS, "ASID pools", 19000)                                                                  \
    X(HANDLERS, "interrupts with a notification", 26000)

#define REACH_ENUM(name, what, floor) REACH_##name,
enum reach { REACHES(REACH_ENUM) REACH_COUNT };
#undef REACH_ENUM

void reach(enum reach what);

/* Around a system call. */
void reach_before_call(const struct view *view);
void reach_after_call(const struct view *view);

/* Around a step. */
void reach_before_step(void);
void reach_after_step(unsigned step);

/* The totals; and what is below its floor, how many rows. */
void reach_print(FILE *to, const uint64_t *counts, uint64_t steps);
unsigned reach_complain(FILE *to, const uint64_t *counts, uint64_t steps);
