// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which thread runs: docs/kernel/scheduling.md.
 *
 * During a kernel entry, state changes only note what they mean for the choice
 * (core->action); the choice itself is made once, at the exit. A thread that is
 * current or candidate is in no queue; every other schedulable one is in the
 * ready queue of its priority, or in the release queue until its budget is due.
 */
#pragma once

#include "core/core.h"
#include "object/sched_context.h"
#include "object/tcb.h"
#include <arch/clock.h>

/* ---- kernel entry and exit ---- */

/* Looks at the clock. */
static inline void sched_enter(struct core *core)
{
    core->now = clock_now();
}

/* What the current context has used and not yet been charged for. */
static inline ticks_t sched_consumed(const struct core *core)
{
    return core->now - core->charge_start;
}

/* The clock went on without anybody being to blame: as if it had not. */
void sched_forgive(struct core *core, ticks_t ticks);

/* As sched_enter(), and false if the current thread's budget or domain is used up: then it has been
 * charged and must repeat what it wanted when it runs again. */
bool sched_enter_too_late(struct core *core);

static inline bool sched_enter_with_budget(struct core *core)
{
    sched_enter(core);
    return likely(core->now < core->slice_end) ? true : sched_enter_too_late(core);
}

/* Charges the time so far as at the end of a budget; a timeout fault is raised if `may_fault`. */
void sched_charge(struct core *core, ticks_t used, bool may_fault);

/* Like the check in sched_enter_with_budget() but for interrupts: nobody repeats anything. */
void sched_check_budget(struct core *core);

/* Does the budget of the current thread last, and the domain? Only looks. */
bool sched_time_is_left(struct core *core);

/* Decides who runs and loads it; to be called last. What the clock brings about is the timer
 * interrupt's business, so if nothing was noted there is nothing to do. */
void sched_choose(struct core *core);

static inline void sched_exit(struct core *core)
{
    if (core->action != ACTION_RESUME || core->deadline_changed) {
        sched_choose(core);
    }
}

/* The timer fired. */
void sched_timer(struct core *core);

/* Yield system call. */
void sched_yield(struct core *core);

/* Is tcb->root its root table, and is there one? */
static inline bool tcb_has_root(const struct core *core, struct tcb *tcb)
{
    return likely(tcb->root_epoch == core->vspace_epoch) || tcb_find_root(tcb) != NULL;
}

/* ---- threads becoming ready ---- */

static inline bool sched_is_schedulable(const struct tcb *tcb)
{
    return tcb_is_runnable(tcb) && tcb->sched_context != NULL &&
           sched_context_is_active(tcb->sched_context) && !tcb->in_release_queue;
}

/* The thread was woken: it gets its chance if it is the first one in this kernel entry. */
void sched_wake(struct tcb *tcb);

/* A look at the ready queues is due at the exit. */
void sched_reschedule(struct core *core);

void sched_enqueue_head(struct tcb *tcb);
void sched_enqueue_tail(struct tcb *tcb);

/* Takes the thread out of the ready and the release queue, if it is there. */
void sched_dequeue(struct tcb *tcb);
void sched_release_insert(struct tcb *tcb, ticks_t time);
void sched_release_remove(struct tcb *tcb);

/* Highest priority that is ready in the core's domain, -1 if none is. */
static inline int sched_highest_ready(const struct core *core)
{
    const struct ready_queues *queues = core->ready_now;

    if (queues->any == 0) {
        return -1;
    }
    unsigned word = log2_floor(queues->any);

    return (int)(word * 64 + log2_floor(queues->occupied[word]));
}

/* Changes what the ready queues are sorted by. */
void sched_set_priority(struct tcb *tcb, unsigned priority);
void sched_set_domain(struct tcb *tcb, unsigned domain);

/* The context's time so far is charged and somebody else's begins. */
void sched_commit_time(struct core *core);

/* Of two threads of one priority `first` leaves the ready queue's head, `last` joins its end. */
static inline void sched_rotate(struct core *core, struct tcb *first, struct tcb *last)
{
    struct tcb **head = &core->ready_now->heads[first->priority];

    first->in_ready_queue = false;
    last->in_ready_queue = true;
    if (first->ready_next == first) {
        last->ready_next = last->ready_prev = last;
        *head = last;
        return;
    }
    last->ready_next = first->ready_next;
    last->ready_prev = first->ready_prev;
    last->ready_next->ready_prev = last;
    last->ready_prev->ready_next = last;
    *head = last->ready_next;
}

/* Sets the timer for the current context, the domain and the release queue. */
void sched_set_timer(struct core *core);

/* Domains: the schedule's entry `index` begins now. */
void sched_set_schedule_entry(struct core *core, unsigned index);

/* core->idle is set. */
void sched_init(struct core *core);
