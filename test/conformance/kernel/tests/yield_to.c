// SPDX-License-Identifier: BSD-2-Clause
/* SchedContext_YieldTo: who runs, what is reported, what ends it. */
#include <harness/suite.h>
#include <harness/trace.h>

static void spin_for(void *argument)
{
    spin_us((uintptr_t)argument);
}

struct yielding {
    seL4_CPtr sc;
    struct reply reply;
};

static void yield_to(void *argument)
{
    struct yielding *yielding = argument;

    trace_note('A');
    yielding->reply = INVOKE(yielding->sc, SchedContextYieldTo, WORDS());
    trace_note('B');
}

TEST_PATHS("kernel.yield_to.equal_priority_runs_first")
{
    COVERS("SchedContextYieldTo.0");
    struct runner one = runner_new('a', PRIORITY), two = runner_new('b', PRIORITY);
    struct yielding yielding = {.sc = two.thread->sc};
    struct thread *thread = thread_at(PRIORITY);

    trace_reset();
    thread_prepare(thread, yield_to, &yielding);
    runner_start(&two);
    runner_start(&one);
    OK(seL4_TCB_Resume(thread->tcb)); /* queue: thread, one, two */
    settle();
    CHECK_TRACE("AbBa");
    CHECK_EQUAL(yielding.reply.label, seL4_NoError);
    CHECK_EQUAL(yielding.reply.length, 1);
}

TEST_PATHS("kernel.yield_to.lower_priority_returns_at_once")
{
    struct runner low = runner_new('a', PRIORITY - 1);
    struct yielding yielding = {.sc = low.thread->sc};

    trace_reset();
    runner_start(&low);
    thread_run(PRIORITY, yield_to, &yielding);
    settle();
    CHECK_TRACE("ABa");
    CHECK_EQUAL(yielding.reply.label, seL4_NoError);
}

TEST_PATHS("kernel.yield_to.lower_priority_moves_to_the_head")
{
    struct runner one = runner_new('a', PRIORITY - 1), two = runner_new('b', PRIORITY - 1);
    struct yielding yielding = {.sc = one.thread->sc};

    trace_reset();
    runner_start(&one);
    runner_start(&two); /* two is before one */
    thread_run(PRIORITY, yield_to, &yielding);
    settle();
    CHECK_TRACE("ABab");
}

TEST_PATHS("kernel.yield_to.target_cannot_run")
{
    struct runner idle = runner_new('a', PRIORITY);
    struct yielding yielding = {.sc = idle.thread->sc};

    trace_reset();
    thread_run(PRIORITY, yield_to, &yielding);
    settle();
    CHECK_TRACE("AB");
    CHECK_REPLY(yielding.reply, SUCCESS(0));
}

TEST_PATHS("kernel.yield_to.reports_consumed_time")
{
    struct thread *target = thread_run(PRIORITY, spin_for, (void *)700);
    struct yielding yielding = {.sc = target->sc};

    thread_run(PRIORITY, yield_to, &yielding);
    settle();
    CHECK_ABOUT(yielding.reply.mr[0], 700);
    CHECK(INVOKE(target->sc, SchedContextConsumed, WORDS()).mr[0] < SLACK_US);
}

static void spin_long(void *argument)
{
    (void)argument;
    spin_us(100000);
}

TEST_PATHS("kernel.yield_to.target_context_deleted")
{
    struct thread *target = thread_run(PRIORITY, spin_long, NULL);
    struct yielding yielding = {.sc = target->sc};
    struct thread *thread = thread_run(PRIORITY, yield_to, &yielding);

    trace_reset();
    sleep_us(500);
    CHECK_TRACE("A");
    cap_delete(target->sc);
    thread_wait(thread);
    CHECK_TRACE("AB");
    CHECK_EQUAL(yielding.reply.label, seL4_NoError);
}

TEST_PATHS("kernel.yield_to.target_deleted")
{
    struct thread *target = thread_run(PRIORITY, spin_long, NULL);
    struct yielding yielding = {.sc = target->sc};
    struct thread *thread = thread_run(PRIORITY, yield_to, &yielding);

    trace_reset();
    sleep_us(500);
    cap_delete(target->tcb);
    thread_wait(thread);
    CHECK_TRACE("AB");
}

TEST_PATHS("kernel.yield_to.caller_suspended")
{
    struct thread *target = thread_run(PRIORITY, spin_long, NULL);
    struct yielding yielding = {.sc = target->sc};
    struct thread *thread = thread_run(PRIORITY, yield_to, &yielding);

    sleep_us(500);
    OK(seL4_TCB_Suspend(thread->tcb));
    cap_delete(thread->tcb);
    OK(seL4_TCB_Suspend(target->tcb));
    cap_delete(target->tcb);
}

TEST_PATHS("kernel.yield_to.second_caller_completes_the_first")
{
    struct thread *target = thread_run(PRIORITY, spin_long, NULL);
    struct yielding one = {.sc = target->sc}, two = {.sc = target->sc};
    struct thread *first = thread_run(PRIORITY, yield_to, &one);

    trace_reset();
    sleep_us(500);
    CHECK_TRACE("A");
    OK(seL4_TCB_SetPriority(first->tcb, OWN_TCB, PRIORITY - 1));
    thread_run(PRIORITY, yield_to, &two);
    sleep_us(500);
    OK(seL4_TCB_Suspend(target->tcb));
    settle();
    CHECK_EQUAL(one.reply.label, seL4_NoError);
    CHECK_EQUAL(first->finished || one.reply.length == 1, true);
}

TEST_PATHS("kernel.yield_to.target_waits_for_time")
{
    struct thread *target = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 500, .period_us = 100000});
    struct yielding yielding = {.sc = target->sc};

    trace_reset();
    thread_start_at(target, spin_for, (void *)900);
    sleep_us(1000);
    thread_run(PRIORITY, yield_to, &yielding);
    settle();
    CHECK_TRACE("AB");
    CHECK_EQUAL(yielding.reply.label, seL4_NoError);
    CHECK_ABOUT(yielding.reply.mr[0], 500);
}

TEST_PATHS("kernel.yield_to.higher_priority_runs_first")
{
    struct runner high = runner_new('h', PRIORITY + 1);
    struct yielding yielding = {.sc = high.thread->sc};
    struct thread *thread = thread_at(PRIORITY + 1);

    trace_reset();
    thread_prepare(thread, yield_to, &yielding);
    runner_start(&high);
    OK(seL4_TCB_Resume(thread->tcb));
    OK(seL4_TCB_SetPriority(high.thread->tcb, OWN_TCB, PRIORITY + 2));
    OK(seL4_TCB_Suspend(high.thread->tcb));
    sleep_us(200); /* the caller alone: the target cannot run */
    CHECK_TRACE("AB");
    thread_wait(thread);
}

static void yield_by_send(void *argument)
{
    struct yielding *yielding = argument;

    trace_note('A');
    invoke_by_send((seL4_Word)seL4_SysSend, yielding->sc, SchedContextYieldTo,
                   (struct message){WORDS()});
    trace_note('B');
}

TEST_PATHS("kernel.yield_to.by_send")
{
    struct runner one = runner_new('a', PRIORITY);
    struct yielding yielding = {.sc = one.thread->sc};
    struct thread *thread = thread_at(PRIORITY);

    trace_reset();
    thread_prepare(thread, yield_by_send, &yielding);
    runner_start(&one);
    OK(seL4_TCB_Resume(thread->tcb));
    settle();
    CHECK_TRACE("AaB");
}

static void wait_for_it(void *notification)
{
    seL4_Wait((seL4_CPtr)notification, NULL);
    trace_note('w');
}

/* The target blocks: the caller is right behind it, and gets its answer. */
TEST_PATHS("kernel.yield_to.target_blocks")
{
    struct thread *target = thread_at(PRIORITY), *thread = thread_at(PRIORITY);
    struct yielding yielding = {.sc = target->sc};
    const seL4_CPtr notification = notification_new();

    trace_reset();
    thread_prepare(thread, yield_to, &yielding);
    thread_start_at(target, wait_for_it, (void *)notification);
    OK(seL4_TCB_Resume(thread->tcb));
    settle();
    CHECK_TRACE("AB");
    signal_to(notification);
    settle();
    CHECK_TRACE("ABw");
}

/* The caller's own time is taken away and given back meanwhile. */
TEST_PATHS("kernel.yield_to.caller_without_time_meanwhile")
{
    struct thread *target = thread_run(PRIORITY, spin_long, NULL);
    struct yielding yielding = {.sc = target->sc};
    struct thread *thread = thread_run(PRIORITY, yield_to, &yielding);

    trace_reset();
    sleep_us(500);
    CHECK_TRACE("A");
    thread_make_passive(thread);
    OK(seL4_TCB_Suspend(target->tcb));
    settle();
    CHECK_TRACE("A");
    OK(seL4_SchedContext_Bind(thread->sc, thread->tcb));
    thread_wait(thread);
    CHECK_TRACE("AB");
    CHECK_EQUAL(yielding.reply.label, seL4_NoError);
    CHECK_EQUAL(yielding.reply.length, 1);
}

/* Suspended and resumed, the call is over: nothing more comes. */
TEST_PATHS("kernel.yield_to.caller_suspended_and_resumed")
{
    struct thread *target = thread_run(PRIORITY, spin_long, NULL);
    struct yielding yielding = {.sc = target->sc};
    struct thread *thread = thread_run(PRIORITY, yield_to, &yielding);

    sleep_us(500);
    OK(seL4_TCB_Suspend(thread->tcb));
    OK(seL4_TCB_Suspend(target->tcb));
    OK(seL4_TCB_Resume(thread->tcb));
    thread_wait(thread);
    OK(seL4_TCB_Resume(target->tcb));
    cap_delete(target->sc);
}
