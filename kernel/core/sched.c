// SPDX-License-Identifier: BSD-2-Clause
#include "core/sched.h"

#include "core/fault.h"
#include "core/usage.h"
#include "object/sched_control.h"
#include <arch/clock.h>
#include <arch/switch.h>

/* Threads woken per kernel entry; more that are due wait for the timer, which fires at once. */
#define WAKES_PER_ENTRY 8
#define TIMER_GAP_US    1

/* ---- ready queues ---- */

static bool is_online(const struct tcb *tcb)
{
    return tcb->sched_context->core == this_core()->arch.number;
}

static struct ready_queues *queues_of(const struct tcb *tcb)
{
    return &this_core()->ready[tcb->domain];
}

/* A thread of a core that does not run has a place nowhere; it never gets a turn. */
static void enqueue(struct tcb *tcb, bool at_head)
{
    struct ready_queues *queues = queues_of(tcb);
    struct tcb **head = &queues->heads[tcb->priority];

    assert(sched_is_schedulable(tcb) || tcb == this_core()->current);
    if (tcb->in_ready_queue || !is_online(tcb)) {
        return;
    }
    tcb->in_ready_queue = true;
    if (*head == NULL) {
        tcb->ready_next = tcb->ready_prev = tcb;
        *head = tcb;
        queues->occupied[tcb->priority / 64] |= BIT(tcb->priority % 64);
        queues->any |= BIT(tcb->priority / 64);
        return;
    }
    tcb->ready_next = *head;
    tcb->ready_prev = (*head)->ready_prev;
    tcb->ready_prev->ready_next = tcb;
    (*head)->ready_prev = tcb;
    if (at_head) {
        *head = tcb;
    }
}

void sched_enqueue_head(struct tcb *tcb)
{
    enqueue(tcb, true);
}

void sched_enqueue_tail(struct tcb *tcb)
{
    enqueue(tcb, false);
}

static void remove_from_ready(struct tcb *tcb)
{
    struct ready_queues *queues = queues_of(tcb);
    struct tcb **head = &queues->heads[tcb->priority];

    if (tcb->ready_next == tcb) {
        *head = NULL;
        queues->occupied[tcb->priority / 64] &= ~BIT(tcb->priority % 64);
        if (queues->occupied[tcb->priority / 64] == 0) {
            queues->any &= ~BIT(tcb->priority / 64);
        }
    } else {
        tcb->ready_prev->ready_next = tcb->ready_next;
        tcb->ready_next->ready_prev = tcb->ready_prev;
        if (*head == tcb) {
            *head = tcb->ready_next;
        }
    }
    tcb->in_ready_queue = false;
}

void sched_dequeue(struct tcb *tcb)
{
    if (tcb->in_ready_queue) {
        remove_from_ready(tcb);
    }
    sched_release_remove(tcb);
}

/* ---- release queue ---- */

void sched_release_insert(struct tcb *tcb, ticks_t time)
{
    assert(!tcb->in_release_queue && !tcb->in_ready_queue);
    tcb->in_release_queue = true;
    time_heap_insert(&this_core()->release_queue, &tcb->release, time);
    this_core()->deadline_changed = true;
}

void sched_release_remove(struct tcb *tcb)
{
    if (tcb->in_release_queue) {
        time_heap_remove(&this_core()->release_queue, &tcb->release);
        tcb->in_release_queue = false;
        this_core()->deadline_changed = true;
    }
}

static struct tcb *first_release(struct core *core)
{
    struct time_node *node = time_heap_first(&core->release_queue);

    return node == NULL ? NULL : CONTAINER_OF(node, struct tcb, release);
}

/* Threads whose refill has become due count as woken. */
static void wake_released(struct core *core)
{
    for (unsigned i = 0; i < WAKES_PER_ENTRY; i++) {
        struct tcb *tcb = first_release(core);

        if (tcb == NULL || tcb->release.time > core->now) {
            return;
        }
        sched_release_remove(tcb);
        if (!refill_covers(tcb->sched_context, 0)) {
            refill_repair(tcb->sched_context);
        }
        if (refill_is_ready(tcb->sched_context)) {
            sched_wake(tcb);
        } else {
            sched_release_insert(tcb, refill_head(tcb->sched_context)->time);
        }
    }
}

/* ---- what happened, noted for the exit ---- */

void sched_reschedule(struct core *core)
{
    struct tcb *candidate = core->candidate;

    if (core->action == ACTION_SWITCH && sched_is_schedulable(candidate)) {
        sched_enqueue_head(candidate);
    }
    core->action = ACTION_CHOOSE;
    core->candidate = NULL;
}

void sched_wake(struct tcb *tcb)
{
    struct core *core = this_core();

    if (tcb->sched_context == NULL || tcb->in_release_queue ||
        !sched_context_is_active(tcb->sched_context)) {
        return;
    }
    if (tcb->domain != core->domain || !is_online(tcb)) {
        sched_enqueue_head(tcb);
    } else if (core->action != ACTION_RESUME) {
        sched_reschedule(core);
        sched_enqueue_head(tcb);
    } else {
        core->action = ACTION_SWITCH;
        core->candidate = tcb;
    }
}

void sched_set_priority(struct tcb *tcb, unsigned priority)
{
    if (tcb->in_ready_queue) {
        remove_from_ready(tcb);
    }
    tcb->priority = (uint8_t)priority;
    if (!sched_is_schedulable(tcb)) {
        return;
    }
    if (tcb == this_core()->candidate) {
        sched_reschedule(this_core());
        return;
    }
    if (tcb != this_core()->current) {
        sched_enqueue_head(tcb);
    }
    sched_reschedule(this_core());
}

void sched_set_domain(struct tcb *tcb, unsigned domain)
{
    struct core *core = this_core();

    if (tcb == core->candidate) {
        sched_reschedule(core);
    }
    if (tcb->in_ready_queue) {
        remove_from_ready(tcb);
    }
    tcb->domain = (uint8_t)domain;
    if (sched_is_schedulable(tcb) && tcb != core->current) {
        sched_enqueue_head(tcb);
    }
    if (tcb == core->current || sched_is_schedulable(tcb)) {
        sched_reschedule(core);
    }
}

/* ---- time ---- */

void sched_forgive(struct core *core, ticks_t ticks)
{
    core->now += ticks;
    core->charge_start += ticks;
    core->deadline_changed = true;
}

bool sched_time_is_left(struct core *core)
{
    struct sched_context *sc = core->sched_context;

    return (sc == NULL || !sched_context_is_active(sc) ||
            refill_covers(sc, sched_consumed(core))) &&
           core->now < core->domain_end;
}

/* The thread waits for its next refill or, if that is due already, for its turn. */
static void end_slice(struct core *core, struct tcb *tcb, bool may_fault)
{
    struct sched_context *sc = tcb->sched_context;

    if (may_fault && !sched_context_is_round_robin(sc) && fault_has_timeout_handler(tcb)) {
        fault_raise_timeout(tcb);
    } else if (refill_is_ready(sc)) {
        sched_enqueue_tail(tcb);
    } else {
        sched_context_postpone(sc);
    }
    sched_reschedule(core);
}

void sched_charge(struct core *core, ticks_t used, bool may_fault)
{
    struct sched_context *sc = core->sched_context;
    ticks_t really_used = sched_consumed(core);

    core->charge_start = core->now;
    core->deadline_changed = true;
    if (sc == NULL || !sched_context_is_active(sc)) {
        return;
    }
    refill_end_slice(sc, used);
    sc->consumed += really_used;
    if (sched_is_schedulable(core->current)) {
        end_slice(core, core->current, may_fault);
    }
}

void sched_check_budget(struct core *core)
{
    struct sched_context *sc = core->sched_context;

    const ticks_t consumed = sched_consumed(core);

    if (sc != NULL && sched_context_is_active(sc) && !refill_covers(sc, consumed)) {
        sched_charge(core, consumed, true);
    }
    if (core->now >= core->domain_end) {
        sched_reschedule(core);
    }
}

bool sched_enter_too_late(struct core *core)
{
    sched_check_budget(core);
    if (tcb_is_runnable(core->current)) {
        tcb_set_state(core->current, THREAD_RESTART);
    }
    return false;
}

void sched_commit_time(struct core *core)
{
    struct sched_context *sc = core->sched_context;

    const ticks_t consumed = sched_consumed(core);

    if (sc != NULL && sched_context_is_active(sc) && consumed > 0) {
        refill_charge(sc, consumed);
        sc->consumed += consumed;
    }
    core->charge_start = core->now;
}

void sched_yield(struct core *core)
{
    sched_charge(core, refill_head(core->sched_context)->amount, false);
}

void sched_timer(struct core *core)
{
    core->timer_deadline = CLOCK_NEVER;
    core->deadline_changed = true;
}

/* ---- domains ---- */

void sched_set_schedule_entry(struct core *core, unsigned index)
{
    const struct domain_entry *entry = &sys.schedule[index];

    core->schedule_index = index;
    core->domain = entry->domain;
    core->ready_now = &core->ready[entry->domain];
    core->domain_end =
        entry->duration > CLOCK_NEVER - core->now ? CLOCK_NEVER : core->now + entry->duration;
    core->deadline_changed = true;
    sched_reschedule(core);
}

static void next_domain(struct core *core)
{
    unsigned next = core->schedule_index + 1;

    if (next >= sys.abi.schedules || sys.schedule[next].duration == 0) {
        next = sys.schedule_start;
    }
    sched_set_schedule_entry(core, next);
}

/* ---- the choice ---- */

static void run(struct core *core, struct tcb *tcb)
{
    if (tcb->in_ready_queue) {
        remove_from_ready(tcb);
    }
    if (tcb != core->current) {
        usage_switch(core, tcb);
        arch_switch_to(core, tcb);
        core->current = tcb;
    }
}

static void choose(struct core *core)
{
    int priority = sched_highest_ready(core);

    run(core, priority < 0 ? core->idle : core->ready_now->heads[priority]);
}

/* The thread woken first runs at once, unless somebody has a better claim. */
static void consider_candidate(struct core *core, bool current_goes_on)
{
    struct tcb *candidate = core->candidate;
    struct tcb *current = core->current;
    bool is_a_step_down = current == core->idle || candidate->priority < current->priority;

    if (is_a_step_down && sched_highest_ready(core) > candidate->priority) {
        sched_enqueue_head(candidate);
        choose(core);
    } else if (current_goes_on && candidate->priority == current->priority) {
        sched_enqueue_tail(candidate);
        choose(core);
    } else {
        run(core, candidate);
    }
}

static void choose_thread(struct core *core)
{
    struct tcb *candidate = core->candidate;
    bool current_goes_on = sched_is_schedulable(core->current);

    if (core->action == ACTION_RESUME) {
        return;
    }
    if (current_goes_on) {
        sched_enqueue_head(core->current);
    }
    if (core->action == ACTION_SWITCH && sched_is_schedulable(candidate)) {
        consider_candidate(core, current_goes_on);
    } else {
        choose(core);
    }
    core->action = ACTION_RESUME;
    core->candidate = NULL;
}

/* The chosen thread pays from now on. */
static void switch_context(struct core *core)
{
    struct sched_context *sc = core->current->sched_context;

    if (sc == core->sched_context) {
        return;
    }
    sched_commit_time(core);
    core->sched_context = sc;
    core->deadline_changed = true;
    if (sc != NULL && !sc->sporadic) {
        refill_unblock(sc);
    }
}

void sched_set_timer(struct core *core)
{
    struct sched_context *sc = core->sched_context;
    const struct tcb *release = first_release(core);
    ticks_t deadline = core->domain_end;

    core->slice_end = core->domain_end;
    if (sc != NULL) {
        const ticks_t used_up = core->charge_start + refill_head(sc)->amount;

        deadline = MIN(deadline, used_up);
        core->slice_end = MIN(core->slice_end, used_up - min_budget_ticks + 1);
    }
    if (release != NULL) {
        deadline = MIN(deadline, release->release.time);
    }
    if (unlikely(deadline <= core->now)) {
        /* More was due than fits into one entry. The timer outranks devices: leave them a gap. */
        deadline = clock_now() + clock_from_us(TIMER_GAP_US);
    }
    /* An earlier setting stays: it costs one needless interrupt, seldom, instead of a write to the
     * timer at every switch. */
    if (deadline < core->timer_deadline) {
        core->timer_deadline = deadline;
        timer_set_deadline(deadline);
    }
    core->deadline_changed = false;
}

/* The chosen thread is about to run: what it still has to be told or to do again. */
static void activate(struct tcb *tcb)
{
    if (tcb->yield_to != NULL) {
        sched_context_complete_yield(tcb);
    }
    if (tcb->state == THREAD_RESTART) {
        context_rewind(&tcb->context);
        tcb_set_state(tcb, THREAD_RUNNING);
    }
}

void sched_choose(struct core *core)
{
    wake_released(core);
    if (core->now >= core->domain_end) {
        next_domain(core);
    }
    choose_thread(core);
    switch_context(core);
    if (core->deadline_changed) {
        sched_set_timer(core);
    }
    activate(core->current);
}

void sched_init(struct core *core)
{
    core->idle->state = THREAD_IDLE;
    core->current = core->idle;
    core->action = ACTION_CHOOSE;
    core->now = clock_now();
    core->charge_start = core->now;
    core->timer_deadline = CLOCK_NEVER;
    core->vspace_epoch = 1;
    sched_set_schedule_entry(core, 0);
}
