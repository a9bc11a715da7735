// SPDX-License-Identifier: BSD-2-Clause
/* Budgets, periods, refills and consumed time. */
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/trace.h>

#define RECV ((seL4_Word)seL4_SysRecv)

static seL4_CPtr control(void)
{
    return boot->schedcontrol.start;
}

/* ---- when a thread runs ---- */

enum { BURST_MAX = 32 };

/* A busy thread and the stretches in which it had the processor. */
struct busy {
    volatile unsigned count;
    volatile uint64_t begin_us[BURST_MAX], end_us[BURST_MAX];
    volatile bool stop;
};

static void be_busy(void *argument)
{
    struct busy *busy = argument;
    uint64_t last = 0;

    while (!busy->stop) {
        const uint64_t now = ticks_now();

        if (now - last > 40 * ticks_per_us() && busy->count < BURST_MAX) {
            busy->begin_us[busy->count++] = now / ticks_per_us();
        }
        busy->end_us[busy->count - 1] = now / ticks_per_us();
        last = now;
    }
}

static struct thread *busy_thread(seL4_Word priority, uint64_t budget_us, uint64_t period_us,
                                  struct busy *busy)
{
    struct thread *thread = thread_new((struct thread_options){
        .priority = priority, .budget_us = budget_us, .period_us = period_us});

    thread_start_at(thread, be_busy, busy);
    return thread;
}

TEST_PATHS("kernel.budget.runs_budget_in_each_period")
{
    static struct busy busy;
    struct thread *thread;

    busy = (struct busy){0};
    thread = busy_thread(PRIORITY, 1000, 5000, &busy);
    sleep_us(23500);
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_EQUAL(busy.count, 5);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_ABOUT(busy.end_us[i] - busy.begin_us[i], 1000);
        CHECK(i == 0 || busy.begin_us[i] - busy.begin_us[i - 1] >= 5000 - SLACK_US);
        CHECK(i == 0 || busy.begin_us[i] - busy.begin_us[i - 1] <= 5000 + SLACK_US);
    }
}

TEST_PATHS("kernel.budget.others_run_in_the_gaps")
{
    static struct busy high, low;
    struct thread *threads[2];

    high = (struct busy){0};
    low = (struct busy){0};
    threads[0] = busy_thread(PRIORITY, 5000, 5000, &low);
    threads[1] = busy_thread(PRIORITY + 1, 1000, 5000, &high);
    sleep_us(21000);
    OK(seL4_TCB_Suspend(threads[0]->tcb));
    OK(seL4_TCB_Suspend(threads[1]->tcb));
    CHECK(high.count >= 4 && high.count <= 5);
    CHECK(low.count >= 4);
    CHECK_ABOUT(low.end_us[1] - low.begin_us[1], 4000);
}

static void yield_and_time(void *argument)
{
    volatile uint64_t *times = argument;

    for (unsigned i = 0; i < 4; i++) {
        times[i] = now_us();
        seL4_Yield();
    }
}

/* A yield gives the budget away: the thread comes back a period later. */
TEST_PATHS("kernel.budget.yield_waits_for_the_next_period")
{
    volatile uint64_t times[4];
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 4000});

    thread_start_at(thread, yield_and_time, (void *)(uintptr_t)times);
    thread_wait(thread);
    for (unsigned i = 1; i < 4; i++) {
        CHECK_ABOUT(times[i] - times[i - 1], 4000);
    }
}

static void spin_for(void *argument)
{
    spin_us((uintptr_t)argument);
}

/* What was not used in one stretch is there in the next, until the whole budget is. */
TEST_PATHS("kernel.budget.blocking_keeps_the_rest")
{
    static struct busy busy;
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 2000, .period_us = 10000});

    thread_start_at(thread, spin_for, (void *)500);
    thread_wait(thread);
    busy = (struct busy){0};
    thread_start_at(thread, be_busy, &busy);
    sleep_us(5000);
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_EQUAL(busy.count, 1);
    CHECK(busy.end_us[0] - busy.begin_us[0] >= 1200);
    CHECK(busy.end_us[0] - busy.begin_us[0] <= 1600);
}

/* A round robin too: what it used before it blocked is missing from its slice. */
TEST_PATHS("kernel.budget.round_robin_blocking_keeps_the_rest")
{
    static struct busy first, second;
    struct thread *threads[2];

    first = second = (struct busy){0};
    threads[0] = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 2000, .period_us = 2000});
    threads[1] = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 2000, .period_us = 2000});
    thread_start_at(threads[0], spin_for, (void *)1200);
    thread_wait(threads[0]);
    thread_prepare(threads[0], be_busy, &first);
    thread_start_at(threads[1], be_busy, &second);
    OK(seL4_TCB_Resume(threads[0]->tcb)); /* first at the head */
    sleep_us(4500);
    OK(seL4_TCB_Suspend(threads[0]->tcb));
    OK(seL4_TCB_Suspend(threads[1]->tcb));
    CHECK(first.count >= 1 && second.count >= 1);
    CHECK(first.begin_us[0] < second.begin_us[0]);
    CHECK(first.end_us[0] - first.begin_us[0] <= 900);
    CHECK(second.end_us[0] - second.begin_us[0] >= 1900);
}

struct rhythm {
    seL4_CPtr notification;
    uint64_t us;
};

static void use_when_told(void *argument)
{
    const struct rhythm *rhythm = argument;

    for (;;) {
        seL4_Wait(rhythm->notification, NULL);
        spin_us(rhythm->us);
    }
}

/* After a long pause all refills are due: they are one again, and one stretch uses them up. */
TEST_PATHS("kernel.budget.pieces_join_after_a_pause")
{
    static struct busy busy;
    struct rhythm rhythm = {notification_new(), 200};
    const seL4_CPtr sc = object_new(seL4_SchedContextObject, 10);

    for (seL4_Word flags = 0; flags <= seL4_SchedContext_Sporadic; flags++) {
        struct thread *thread =
            thread_new((struct thread_options){.priority = PRIORITY, .passive = true});

        OK(seL4_SchedControl_ConfigureFlags(control(), sc, 1000, 10000, 8, 0, flags));
        OK(seL4_SchedContext_Bind(sc, thread->tcb));
        thread_start_at(thread, use_when_told, &rhythm);
        settle();
        for (unsigned i = 0; i < 4; i++) {
            signal_to(rhythm.notification);
            sleep_us(1000);
        }
        sleep_us(30000);
        busy = (struct busy){0};
        thread_start_at(thread, be_busy, &busy);
        sleep_us(5000);
        OK(seL4_TCB_Suspend(thread->tcb));
        CHECK_EQUAL(busy.count, 1);
        CHECK_ABOUT(busy.end_us[0] - busy.begin_us[0], 1000);
        OK(seL4_SchedContext_UnbindObject(sc, thread->tcb));
    }
}

/* Joined means one refill: a timeout comes after the whole budget, not after a piece of it. */
TEST_PATHS("kernel.budget.joined_pieces_are_one_refill")
{
    struct rhythm rhythm = {notification_new(), 200};
    const seL4_CPtr sc = object_new(seL4_SchedContextObject, 10), timeouts = endpoint_new();

    for (seL4_Word flags = 0; flags <= seL4_SchedContext_Sporadic; flags++) {
        struct thread *thread =
            thread_new((struct thread_options){.priority = PRIORITY, .passive = true});

        OK(seL4_SchedControl_ConfigureFlags(control(), sc, 1000, 10000, 8, 0, flags));
        OK(seL4_SchedContext_Bind(sc, thread->tcb));
        OK(seL4_TCB_SetTimeoutEndpoint(thread->tcb, badged(timeouts, 1)));
        thread_start_at(thread, use_when_told, &rhythm);
        settle();
        for (unsigned i = 0; i < 4; i++) {
            signal_to(rhythm.notification);
            sleep_us(1000);
        }
        sleep_us(30000);
        thread_start_at(thread, spin_for, (void *)900);
        thread_wait(thread);
        CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, timeouts, NOTHING).badge, 0);
        OK(seL4_SchedContext_UnbindObject(sc, thread->tcb));
    }
}

/* ---- configuring ---- */

/* What is left of the head stays; the rest of a larger budget comes one period later. */
TEST("kernel.budget.larger_budget_comes_a_period_later")
{
    static struct busy busy;
    struct thread *thread;

    busy = (struct busy){0};
    thread = busy_thread(PRIORITY, 2000, 20000, &busy);
    sleep_us(1500);
    OK(seL4_SchedControl_ConfigureFlags(control(), thread->sc, 5000, 10000, 0, 0, 0));
    sleep_us(8000);
    CHECK(busy.end_us[busy.count - 1] - busy.begin_us[0] <= 2000 + 2 * SLACK_US);
    sleep_us(8000);
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK(busy.end_us[busy.count - 1] - busy.begin_us[0] > 10000);
}

TEST_PATHS("kernel.budget.reconfigured_while_waiting_for_time")
{
    static struct busy busy;
    struct thread *thread;

    busy = (struct busy){0};
    thread = busy_thread(PRIORITY, 1000, 1000000, &busy);
    sleep_us(3000);
    CHECK_EQUAL(busy.count, 1);
    OK(seL4_SchedControl_ConfigureFlags(control(), thread->sc, 1000, 2000, 0, 0, 0));
    OK(seL4_TCB_Suspend(thread->tcb));
    OK(seL4_SchedControl_ConfigureFlags(control(), thread->sc, 1000, 2000, 0, 0, 0));
    OK(seL4_TCB_Resume(thread->tcb));
    sleep_us(5000);
    CHECK(busy.count >= 3);
}

TEST_PATHS("kernel.budget.smaller_budget_takes_effect")
{
    static struct busy busy;
    struct thread *thread;

    busy = (struct busy){0};
    thread = busy_thread(PRIORITY, 4000, 5000, &busy);
    sleep_us(1000);
    OK(seL4_SchedControl_ConfigureFlags(control(), thread->sc, 500, 5000, 0, 0, 0));
    sleep_us(12000);
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK(busy.count >= 2);
    CHECK_ABOUT(busy.end_us[busy.count - 1] - busy.begin_us[busy.count - 1], 500);
}

/* ---- consumed time ---- */

TEST_PATHS("kernel.budget.consumed")
{
    COVERS("SchedContextConsumed.0");
    struct thread *thread = thread_run(PRIORITY, spin_for, (void *)3000);
    struct reply reply;

    thread_wait(thread);
    reply = INVOKE(thread->sc, SchedContextConsumed, WORDS());
    CHECK_EQUAL(reply.label, seL4_NoError);
    CHECK_EQUAL(reply.length, 1);
    CHECK_ABOUT(reply.mr[0], 3000);
    CHECK_REPLY(INVOKE(thread->sc, SchedContextConsumed, WORDS()), SUCCESS(0));
}

/* Time is charged when somebody else runs, so what is reported may be a little behind. */
TEST_PATHS("kernel.budget.consumed_of_the_caller")
{
    struct reply reply;

    settle();
    (void)INVOKE(seL4_CapInitThreadSC, SchedContextConsumed, WORDS());
    spin_us(1000);
    settle();
    reply = INVOKE(seL4_CapInitThreadSC, SchedContextConsumed, WORDS());
    CHECK_ABOUT(reply.mr[0], 1000);
}

TEST_PATHS("kernel.budget.consumed_counts_over_periods")
{
    static struct busy busy;
    struct thread *thread;

    busy = (struct busy){0};
    thread = busy_thread(PRIORITY, 1000, 2000, &busy);
    sleep_us(9000);
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK(INVOKE(thread->sc, SchedContextConsumed, WORDS()).mr[0] >= 4000);
}

/* A yield charges the budget but reports only what was really used. */
TEST_PATHS("kernel.budget.consumed_without_what_a_yield_threw_away")
{
    volatile uint64_t times[4];
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 2000});

    thread_start_at(thread, yield_and_time, (void *)(uintptr_t)times);
    thread_wait(thread);
    CHECK(INVOKE(thread->sc, SchedContextConsumed, WORDS()).mr[0] < 200);
}

TEST_PATHS("kernel.budget.consumed_by_a_passive_server")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap};
    struct thread *caller;

    passive_server(PRIORITY + 1, &serve);
    caller = ipc_thread(PRIORITY, &call);
    thread_wait(caller);
    CHECK_EQUAL(INVOKE(caller->sc, SchedContextConsumed, WORDS()).label, seL4_NoError);
}

/* ---- sporadic ---- */

static void short_bursts(void *argument)
{
    const seL4_CPtr *caps = argument;

    for (;;) {
        seL4_Wait(caps[0], NULL);
        spin_us(300);
        trace_note('b');
    }
}

/* Each used piece comes back one period after it was used, not all at once. */
TEST_PATHS("kernel.budget.sporadic_pieces_return_one_by_one")
{
    seL4_CPtr caps[] = {notification_new()};
    const seL4_CPtr sc = object_new(seL4_SchedContextObject, 10);
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .passive = true});
    uint64_t start_us;

    OK(seL4_SchedControl_ConfigureFlags(control(), sc, 1000, 10000, 8, 0,
                                        seL4_SchedContext_Sporadic));
    OK(seL4_SchedContext_Bind(sc, thread->tcb));
    thread_start_at(thread, short_bursts, caps);
    settle();
    trace_reset();
    start_us = now_us();
    for (unsigned i = 0; i < 3; i++) { /* 900 of 1000 us, spread over 6 ms */
        signal_to(caps[0]);
        sleep_us(2000);
    }
    CHECK_TRACE("bbb");
    signal_to(caps[0]); /* no budget for this one before 10 ms have gone */
    sleep_us(2000);
    CHECK_TRACE("bbb");
    sleep_us(start_us + 11500 - now_us());
    CHECK_TRACE("bbbb");
}
