// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scheduling contexts: the right to use a share of one core's time.
 *
 * A context holds `budget` ticks per `period`, as a queue of refills: amounts
 * and the moments from which they may be used. The amounts always add up to the
 * budget. Using time splits the used part off the head and schedules it one
 * period later. With budget = period (round robin, period kept as 0) there are
 * two refills: the head is what is left of the slice, the second what was used.
 *
 *   INACTIVE (refill_max 0) --configure--> ACTIVE --last capability deleted--> INACTIVE
 *
 * At most one thread and one notification are bound; `reply` is the top of the
 * stack of calls the context was lent along with (reply.h).
 *
 * Loops over refills are bounded by REFILL_STEPS: what is left over is done the
 * next time, which leaves the sum of amounts right and only delays a merge.
 */
#pragma once

#include "object/cap.h"

struct tcb;
struct reply;
struct notification;

struct refill {
    ticks_t time;
    ticks_t amount;
};

struct sched_context {
    ticks_t period; /* 0: round robin */
    ticks_t consumed;
    word_t badge;
    struct tcb *tcb;
    struct reply *reply;
    struct notification *notification;
    struct tcb *yield_from; /* whose YieldTo named this context */
    word_t refill_max;      /* 0: not configured */
    word_t refill_first;
    word_t refill_count;
    uint32_t core;
    bool sporadic;
    struct refill refills[];
};

#define SCHED_CONTEXT_HEADER_BYTES 96
#define MIN_REFILLS                2 /* built in; more can be asked for */
#define REFILL_STEPS               64

static_assert(sizeof(struct sched_context) <= SCHED_CONTEXT_HEADER_BYTES, "header size is ABI");
static_assert(sizeof(struct refill) == 16, "refill size is ABI");

/* How many refills a context of that size holds. */
static inline word_t sched_context_refill_limit(unsigned size_bits)
{
    return (BIT(size_bits) - SCHED_CONTEXT_HEADER_BYTES) / sizeof(struct refill);
}

static inline bool sched_context_is_active(const struct sched_context *sc)
{
    return sc->refill_max != 0;
}

static inline bool sched_context_is_round_robin(const struct sched_context *sc)
{
    return sc->period == 0;
}

/* ---- refills: sc must be active ---- */

static inline struct refill *refill_head(struct sched_context *sc)
{
    return &sc->refills[sc->refill_first];
}

/* May the head be used now? */
bool refill_is_due(struct sched_context *sc);

/* Does the head cover `used` ticks and a kernel entry on top? */
bool refill_covers(struct sched_context *sc, ticks_t used);

/* Due and with enough to be worth running. */
bool refill_is_ready(struct sched_context *sc);

/* Charges `used` ticks (which may be more than the head holds). */
void refill_charge(struct sched_context *sc, ticks_t used);

/* The same when the head was as good as used up: a round robin slice starts anew. */
void refill_end_slice(struct sched_context *sc, ticks_t used);

/* Forgets how far the head is overdue: time that was not claimed is not saved up. */
void refill_unblock(struct sched_context *sc);

/* Gives the context new parameters: from scratch, or for a thread that runs on it now. */
void refill_configure(struct sched_context *sc, ticks_t budget, ticks_t period, word_t refill_max);
void refill_reconfigure(struct sched_context *sc, ticks_t budget, ticks_t period,
                        word_t refill_max);

/* The head is due but too small to be worth running: a round robin slice starts anew, small refills
 * are joined, some at a time. */
void refill_repair(struct sched_context *sc);

/* ---- who uses the context ---- */

void sched_context_bind_tcb(struct sched_context *sc, struct tcb *tcb);
void sched_context_unbind_tcb(struct sched_context *sc);
void sched_context_bind_notification(struct sched_context *sc, struct notification *notification);
void sched_context_unbind_notification(struct sched_context *sc);

/* Cuts the call stack: later answers hand nothing back. */
void sched_context_cut_stack(struct sched_context *sc);
void sched_context_unbind_all(struct sched_context *sc);

/* The context moves to a thread without one, taken from its present one. */
void sched_context_donate(struct sched_context *sc, struct tcb *to);

/* A thread just became runnable with this context (NULL: none): postponed if it cannot pay. */
void sched_context_resume(struct sched_context *sc);

/* Active, and its head due: a blocked thread may be given it. */
bool sched_context_is_released(struct sched_context *sc);

/* A blocked thread with this context (NULL: none) wakes: refill_unblock() for a sporadic one. */
void sched_context_wake(struct sched_context *sc);

/* Its thread waits in the release queue until the head is due. */
void sched_context_postpone(struct sched_context *sc);

/* Microseconds used since it was last asked. */
uint64_t sched_context_take_consumed(struct sched_context *sc);

/* The YieldTo that named this context is over: its caller gets the answer. */
void sched_context_complete_yield(struct tcb *yielder);
/* The same without an answer, because the caller goes away. */
void sched_context_cancel_yield(struct tcb *yielder);

void sched_context_finalise(struct sched_context *sc);
