// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who runs next. A thread called `lead` acts at priority 100 and notes capital
 * letters; runners note small ones when their turn comes.
 */
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/trace.h>

enum { LOW = 90, MIDDLE = 95, EQUAL = 100, HIGH = 110 };

static void act_and_check(void (*lead)(void *), void *argument, const char *expected)
{
    trace_reset();
    thread_run(EQUAL, lead, argument);
    settle();
    CHECK_TRACE(expected);
}

TEST_PATHS("kernel.ready_queue.resumed_from_above_run_in_reverse")
{
    struct runner runners[] = {runner_new('a', EQUAL), runner_new('b', EQUAL),
                               runner_new('c', EQUAL)};

    trace_reset();
    for (unsigned i = 0; i < 3; i++) {
        runner_start(&runners[i]);
    }
    settle();
    CHECK_TRACE("cba");
}

TEST_PATHS("kernel.ready_queue.higher_priority_first")
{
    struct runner runners[] = {runner_new('a', EQUAL), runner_new('b', LOW), runner_new('c', HIGH)};

    trace_reset();
    for (unsigned i = 0; i < 3; i++) {
        runner_start(&runners[i]);
    }
    settle();
    CHECK_TRACE("cab");
}

static void resume_two(void *argument)
{
    struct runner *runners = argument;

    trace_note('A');
    runner_start(&runners[0]);
    trace_note('B');
    runner_start(&runners[1]);
    trace_note('C');
}

TEST_PATHS("kernel.ready_queue.resumed_equals_run_later_in_order")
{
    struct runner runners[] = {runner_new('a', EQUAL), runner_new('b', EQUAL)};

    act_and_check(resume_two, runners, "ABCab");
}

TEST_PATHS("kernel.ready_queue.resumed_higher_runs_at_once")
{
    struct runner runners[] = {runner_new('a', EQUAL), runner_new('b', HIGH)};

    act_and_check(resume_two, runners, "ABbCa");
}

TEST_PATHS("kernel.ready_queue.resumed_lower_runs_later")
{
    struct runner runners[] = {runner_new('a', LOW), runner_new('b', LOW)};

    act_and_check(resume_two, runners, "ABCba");
}

/* ---- woken by messages ---- */

struct meeting {
    struct runner ready; /* waits for its turn already */
    struct thread *partner;
    seL4_CPtr endpoint, notification;
};

static void partner(void *argument)
{
    const struct meeting *meeting = argument;

    (void)receive((seL4_Word)seL4_SysWait, meeting->endpoint, NOTHING);
    trace_note('p');
}

/* The partner waits on the endpoint; a runner is set up but not started. */
static struct meeting meeting_new(seL4_Word partner_priority, seL4_Word ready_priority)
{
    struct meeting meeting = {.ready = runner_new('r', ready_priority),
                              .partner = thread_at(partner_priority),
                              .endpoint = endpoint_new(),
                              .notification = notification_new()};

    return meeting;
}

static void meeting_start(struct meeting *meeting, void (*lead)(void *), const char *expected)
{
    thread_start_at(meeting->partner, partner, meeting);
    settle();
    act_and_check(lead, meeting, expected);
}

static void send_to_partner(void *argument)
{
    struct meeting *meeting = argument;

    trace_note('A');
    runner_start(&meeting->ready);
    invoke_by_send((seL4_Word)seL4_SysSend, meeting->endpoint, 0, (struct message){WORDS()});
    trace_note('B');
}

TEST_PATHS("kernel.ready_queue.sender_continues_before_an_equal_receiver")
{
    struct meeting meeting = meeting_new(EQUAL, EQUAL);

    meeting_start(&meeting, send_to_partner, "ABrp");
}

TEST_PATHS("kernel.ready_queue.higher_receiver_runs_at_once")
{
    struct meeting meeting = meeting_new(HIGH, EQUAL);

    meeting_start(&meeting, send_to_partner, "ApBr");
}

static void send_and_wait(void *argument)
{
    struct meeting *meeting = argument;

    trace_note('A');
    runner_start(&meeting->ready);
    (void)exchange((seL4_Word)seL4_SysNBSendWait, NOTHING, 0, (struct message){WORDS()},
                   meeting->notification, meeting->endpoint);
    trace_note('B');
}

/* The sender blocks: the receiver takes its place, before others of the priority. */
TEST_PATHS("kernel.ready_queue.receiver_replaces_a_blocking_sender")
{
    struct meeting meeting = meeting_new(EQUAL, EQUAL);

    meeting_start(&meeting, send_and_wait, "Apr");
}

TEST_PATHS("kernel.ready_queue.lower_receiver_waits_for_ready_threads")
{
    struct meeting meeting = meeting_new(LOW, MIDDLE);

    meeting_start(&meeting, send_and_wait, "Arp");
}

TEST_PATHS("kernel.ready_queue.lower_receiver_runs_when_nobody_is_ready")
{
    struct meeting meeting = meeting_new(MIDDLE, LOW);

    meeting_start(&meeting, send_and_wait, "Apr");
}

/* Goes to the head of its priority, so it is first there all the same. */
TEST_PATHS("kernel.ready_queue.lower_receiver_is_first_of_its_priority")
{
    struct meeting meeting = meeting_new(LOW, LOW);

    meeting_start(&meeting, send_and_wait, "Apr");
}

/* ---- yielding, new priorities, new contexts ---- */

static void yield_between(void *argument)
{
    struct runner *runners = argument;

    trace_note('A');
    runner_start(&runners[0]);
    runner_start(&runners[1]);
    seL4_Yield();
    trace_note('B');
}

TEST_PATHS("kernel.ready_queue.yield_goes_to_the_tail")
{
    struct runner runners[] = {runner_new('a', EQUAL), runner_new('b', EQUAL)};

    act_and_check(yield_between, runners, "AabB");
}

TEST_PATHS("kernel.ready_queue.yield_is_not_for_lower_ones")
{
    struct runner runners[] = {runner_new('a', LOW), runner_new('b', LOW)};

    act_and_check(yield_between, runners, "ABba");
}

TEST_PATHS("kernel.ready_queue.new_priority_at_the_head")
{
    struct runner runners[] = {runner_new('a', LOW), runner_new('b', HIGH)};

    trace_reset();
    runner_start(&runners[0]);
    runner_start(&runners[1]);
    OK(seL4_TCB_SetPriority(runners[1].thread->tcb, OWN_TCB, LOW));
    settle();
    CHECK_TRACE("ba");
}

static void raise_other(void *argument)
{
    struct runner *runners = argument;

    trace_note('A');
    runner_start(&runners[0]);
    trace_note('B');
    OK(seL4_TCB_SetPriority(runners[0].thread->tcb, OWN_TCB, HIGH));
    trace_note('C');
}

TEST_PATHS("kernel.ready_queue.raised_thread_preempts")
{
    struct runner runners[] = {runner_new('a', LOW)};

    act_and_check(raise_other, runners, "ABaC");
}

static void lower_self(void *argument)
{
    const struct runner *runners = argument;
    const seL4_CPtr self = runners[2].thread->tcb;

    trace_note('A');
    OK(seL4_TCB_SetPriority(self, OWN_TCB, LOW));
    trace_note('B');
}

/* It lowers itself to where another is ready: it is put before that one. */
TEST_PATHS("kernel.ready_queue.own_new_priority_at_the_head")
{
    struct runner runners[3] = {runner_new('a', LOW), runner_new('b', MIDDLE)};

    runners[2].thread = thread_at(EQUAL);
    thread_prepare(runners[2].thread, lower_self, runners);
    trace_reset();
    for (unsigned i = 0; i < 3; i++) {
        runner_start(&runners[i]);
    }
    settle();
    CHECK_TRACE("AbBa");
}

TEST_PATHS("kernel.ready_queue.bound_context_at_the_head")
{
    struct runner runners[] = {runner_new('a', EQUAL), runner_new('b', EQUAL)};

    trace_reset();
    thread_make_passive(runners[1].thread);
    runner_start(&runners[0]);
    runner_start(&runners[1]); /* runnable but without time */
    OK(seL4_SchedContext_Bind(runners[1].thread->sc, runners[1].thread->tcb));
    settle();
    CHECK_TRACE("ba");
}

static void bind_other(void *argument)
{
    struct runner *runners = argument;

    trace_note('A');
    OK(seL4_SchedContext_Bind(runners[0].thread->sc, runners[0].thread->tcb));
    trace_note('B');
}

/* A forced choice: the current thread goes to the head after the bound one did. */
TEST_PATHS("kernel.ready_queue.bind_an_equal_keeps_the_current_thread")
{
    struct runner runners[] = {runner_new('a', EQUAL)};

    thread_make_passive(runners[0].thread);
    runner_start(&runners[0]);
    act_and_check(bind_other, runners, "ABa");
}

TEST_PATHS("kernel.ready_queue.bind_a_higher_preempts")
{
    struct runner runners[] = {runner_new('a', HIGH)};

    thread_make_passive(runners[0].thread);
    runner_start(&runners[0]);
    act_and_check(bind_other, runners, "AaB");
}

/* ---- two woken in one call ---- */

static void delete_endpoint(void *argument)
{
    const struct meeting *meeting = argument;

    trace_note('A');
    cap_delete(meeting->endpoint);
    trace_note('B');
}

struct waker {
    seL4_CPtr endpoint;
    char letter;
};

static void wait_then_note(void *argument)
{
    const struct waker *waker = argument;

    invoke_by_send((seL4_Word)seL4_SysSend, waker->endpoint, 0, (struct message){WORDS()});
    trace_note(waker->letter);
}

/* The second makes it a choice as usual: the first goes to the head, then the second (see
 * docs/kernel/abi-doubts.md). */
TEST_PATHS("kernel.ready_queue.many_woken_in_one_call")
{
    struct meeting meeting = {.endpoint = endpoint_new()};
    struct waker wakers[] = {{meeting.endpoint, 'x'}, {meeting.endpoint, 'y'}};

    for (unsigned i = 0; i < 2; i++) {
        thread_run(EQUAL, wait_then_note, &wakers[i]);
        settle();
    }
    trace_reset();
    thread_run(EQUAL, delete_endpoint, &meeting);
    settle();
    settle();
    CHECK_TRACE("AByx");
}

/* ---- time slices ---- */

struct spinner {
    volatile unsigned long turns;
    char letter;
};

static void spin_and_note(void *argument)
{
    struct spinner *spinner = argument;
    uint64_t last = ticks_now();

    for (;;) {
        const uint64_t now = ticks_now();

        if (now - last > 500 * ticks_per_us() || spinner->turns == 0) {
            trace_note(spinner->letter);
        }
        last = now;
        spinner->turns++;
    }
}

static void spin_for(void *argument)
{
    spin_us((uintptr_t)argument);
}

/* Round robins of one priority take turns, in order, when their budget ends. */
TEST_PATHS("kernel.ready_queue.round_robin")
{
    struct spinner spinners[3] = {{0, 'a'}, {0, 'b'}, {0, 'c'}};
    struct thread *threads[3];

    trace_reset();
    for (unsigned i = 0; i < 3; i++) {
        threads[i] = thread_new(
            (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 1000});
        thread_start_at(threads[i], spin_and_note, &spinners[i]);
    }
    sleep_us(9500);
    for (unsigned i = 0; i < 3; i++) {
        OK(seL4_TCB_Suspend(threads[i]->tcb));
        CHECK(spinners[i].turns > 100);
    }
    if (trace_text()[0] != 'c' || trace_text()[1] != 'b' || trace_text()[2] != 'a' ||
        trace_text()[3] != 'c' || trace_text()[4] != 'b' || trace_text()[5] != 'a') {
        fail(__FILE__, __LINE__, "expected turns cbacba got %s", trace_text());
    }
}

/* The highest priority does not share. */
TEST_PATHS("kernel.ready_queue.no_turns_below")
{
    struct spinner low = {0, 'l'};
    struct thread *thread = thread_run(LOW, spin_and_note, &low);
    struct thread *high;

    OK(seL4_TCB_Suspend(thread->tcb));
    high = thread_at(EQUAL);
    thread_prepare(high, spin_for, (void *)12000);
    trace_reset();
    OK(seL4_TCB_Resume(thread->tcb));
    OK(seL4_TCB_Resume(high->tcb));
    thread_wait(high);
    CHECK_EQUAL(low.turns, 0);
}
