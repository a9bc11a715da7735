// SPDX-License-Identifier: BSD-2-Clause
/* Budgets, periods, refills, consumed time, timeouts and YieldTo. */
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/trace.h>

#define RECV ((seL4_Word)seL4_SysRecv)

/* Measured times may be off by so much: the kernel's own work and its timer. */
enum { SLACK_US = 60 };

#define CHECK_ABOUT(got, expected) check_about(got, expected, #got, __FILE__, __LINE__)

static void check_about(uint64_t got, uint64_t expected, const char *what, const char *file,
                        int line)
{
    if (got + SLACK_US < expected || got > expected + SLACK_US) {
        fail(file, line, "expected %s = about %lu us got %lu us", what, expected, got);
    }
}

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

/* ---- timeouts ---- */

struct timed {
    struct thread *thread;
    seL4_CPtr endpoint, reply;
};

static struct timed timed_new(uint64_t budget_us, uint64_t period_us, seL4_Word badge)
{
    struct timed timed = {.endpoint = endpoint_new(), .reply = reply_new()};

    timed.thread = thread_new((struct thread_options){
        .priority = PRIORITY, .budget_us = budget_us, .period_us = period_us});
    OK(seL4_SchedControl_ConfigureFlags(control(), timed.thread->sc, budget_us, period_us, 0, badge,
                                        0));
    OK(seL4_TCB_SetTimeoutEndpoint(timed.thread->tcb, badged(timed.endpoint, 0x66)));
    return timed;
}

TEST_PATHS("kernel.timeout.message")
{
    struct timed timed = timed_new(1000, 10000, 0xabc);
    struct reply m;

    thread_start_at(timed.thread, spin_for, (void *)5000);
    m = receive(RECV, timed.endpoint, timed.reply);
    CHECK_EQUAL(m.label, seL4_Fault_Timeout);
    CHECK_EQUAL(m.length, seL4_Timeout_Length);
    CHECK_EQUAL(m.badge, 0x66);
    CHECK_EQUAL(m.mr[seL4_Timeout_Data], 0xabc);
    CHECK_ABOUT(m.mr[seL4_Timeout_Consumed], 1000);
    /* Reported, so forgotten. */
    CHECK(INVOKE(timed.thread->sc, SchedContextConsumed, WORDS()).mr[0] < SLACK_US);
}

/* Answered: it goes on when it has budget again. */
TEST_PATHS("kernel.timeout.answer_continues_with_new_budget")
{
    struct timed timed = timed_new(1000, 5000, 1);
    uint64_t start_us;

    thread_start_at(timed.thread, spin_for, (void *)5500);
    (void)receive(RECV, timed.endpoint, timed.reply);
    start_us = now_us();
    invoke_by_send((seL4_Word)seL4_SysSend, timed.reply, 0, (struct message){WORDS()});
    thread_wait(timed.thread);
    CHECK_ABOUT(now_us() - start_us, 4500);
}

TEST_PATHS("kernel.timeout.new_budget_from_the_handler")
{
    struct timed timed = timed_new(1000, 1000000, 1);
    uint64_t start_us;

    thread_start_at(timed.thread, spin_for, (void *)3000);
    (void)receive(RECV, timed.endpoint, timed.reply);
    start_us = now_us();
    OK(seL4_SchedControl_ConfigureFlags(control(), timed.thread->sc, 9000, 1000000, 0, 1, 0));
    invoke_by_send((seL4_Word)seL4_SysSend, timed.reply, 0, (struct message){WORDS()});
    thread_wait(timed.thread);
    CHECK(now_us() - start_us < 4000);
}

TEST_PATHS("kernel.timeout.label_stops_the_thread")
{
    struct timed timed = timed_new(1000, 2000, 1);

    thread_start_at(timed.thread, spin_for, (void *)3000);
    (void)receive(RECV, timed.endpoint, timed.reply);
    invoke_by_send((seL4_Word)seL4_SysSend, timed.reply, 1,
                   (struct message){WORDS(0x1000, 0x2000)});
    sleep_us(5000);
    CHECK_EQUAL(timed.thread->finished, false);
    CHECK_EQUAL(thread_registers(timed.thread).rip, 0x1000);
    CHECK_EQUAL(thread_registers(timed.thread).rsp, 0x2000);
}

TEST_PATHS("kernel.timeout.answer_writes_registers")
{
    struct timed timed = timed_new(1000, 2000, 1);
    struct message words = {.count = seL4_TimeoutReply_Length};
    seL4_UserContext registers;

    thread_start_at(timed.thread, spin_for, (void *)3000);
    (void)receive(RECV, timed.endpoint, timed.reply);
    for (unsigned i = 0; i < words.count; i++) {
        words.words[i] = 0x5000 + i;
    }
    words.words[seL4_TimeoutReply_FLAGS] = 0;
    invoke_by_send((seL4_Word)seL4_SysSend, timed.reply, 1, words);
    registers = thread_registers(timed.thread);
    CHECK_EQUAL(registers.rip, 0x5000);
    CHECK_EQUAL(registers.rsp, 0x5001);
    CHECK_EQUAL(registers.rflags, 0x202);
    CHECK_EQUAL(registers.rax, 0x5003);
    CHECK_EQUAL(registers.rbx, 0x5004);
    CHECK_EQUAL(registers.rcx, 0x5005);
    CHECK_EQUAL(registers.rdx, 0x5006);
    CHECK_EQUAL(registers.rsi, 0x5007);
    CHECK_EQUAL(registers.rdi, 0x5008);
    CHECK_EQUAL(registers.rbp, 0x5009);
    CHECK_EQUAL(registers.r8, 0x500a);
    CHECK_EQUAL(registers.r15, 0x5011);
    CHECK_EQUAL(registers.fs_base, 0x5012);
}

TEST_PATHS("kernel.timeout.not_for_round_robin")
{
    struct timed timed = timed_new(1000, 1000, 1);

    thread_start_at(timed.thread, spin_for, (void *)5000);
    thread_wait(timed.thread);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, timed.endpoint, timed.reply).badge, 0);
}

TEST_PATHS("kernel.timeout.not_by_a_yield")
{
    volatile uint64_t times[4];
    struct timed timed = timed_new(1000, 2000, 1);

    thread_start_at(timed.thread, yield_and_time, (void *)(uintptr_t)times);
    thread_wait(timed.thread);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, timed.endpoint, timed.reply).badge, 0);
}

struct spinning_server {
    seL4_CPtr endpoint, reply;
};

static void serve_slowly(void *argument)
{
    const struct spinning_server *server = argument;

    (void)receive(RECV, server->endpoint, server->reply);
    for (;;) {
        spin_us(3000);
        (void)exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 0, (struct message){WORDS()},
                       server->endpoint, server->reply);
    }
}

/* The handler of the thread that runs, on whose time ever. */
TEST_PATHS("kernel.timeout.of_a_passive_server")
{
    struct spinning_server serving = {endpoint_new(), reply_new()};
    const seL4_CPtr handler = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = serving.endpoint};
    struct thread *server = thread_run(PRIORITY + 1, serve_slowly, &serving), *caller;
    struct reply m;

    settle();
    thread_make_passive(server);
    OK(seL4_TCB_SetTimeoutEndpoint(server->tcb, badged(handler, 5)));
    caller = thread_new(
        (struct thread_options){.priority = PRIORITY, .budget_us = 1000, .period_us = 100000});
    OK(seL4_SchedControl_ConfigureFlags(control(), caller->sc, 1000, 100000, 0, 0x77, 0));
    thread_start_at(caller, ipc_once, &call);
    m = receive(RECV, handler, reply);
    CHECK_EQUAL(m.label, seL4_Fault_Timeout);
    CHECK_EQUAL(m.badge, 5);
    CHECK_EQUAL(m.mr[seL4_Timeout_Data], 0x77);
    /* The usual rescue: answer the client in the server's name, and stop the server. */
    OK(seL4_TCB_Suspend(server->tcb));
    invoke_by_send((seL4_Word)seL4_SysSend, serving.reply, 9, (struct message){WORDS()});
    OK(seL4_SchedControl_ConfigureFlags(control(), caller->sc, 5000, 100000, 0, 0x77, 0));
    thread_wait(caller);
    CHECK_EQUAL(call.result.label, 9);
}

/* An answer that gives an exhausted context back to a caller with a handler is a timeout too. */
TEST_PATHS("kernel.timeout.exhausted_context_comes_back")
{
    struct spinning_server serving = {endpoint_new(), reply_new()};
    struct timed timed = timed_new(1000, 100000, 0x88);
    struct ipc call = {.number = seL4_SysCall, .cap = serving.endpoint};
    struct thread *server = thread_run(PRIORITY + 1, serve_slowly, &serving);
    struct reply m;

    settle();
    thread_make_passive(server);
    thread_start_at(timed.thread, ipc_once, &call);
    sleep_us(2000); /* the budget is gone, inside the server */
    OK(seL4_TCB_Suspend(server->tcb));
    invoke_by_send((seL4_Word)seL4_SysSend, serving.reply, 9, (struct message){WORDS()});
    m = receive(RECV, timed.endpoint, timed.reply);
    CHECK_EQUAL(m.label, seL4_Fault_Timeout);
    CHECK_EQUAL(m.mr[seL4_Timeout_Data], 0x88);
}

/* A handler without a context of its own is not lent that of the thread that ran out. */
static void check_passive_timeout_handler(bool waits_already)
{
    struct timed timed = timed_new(1000, 100000, 1);
    struct ipc recv = {.number = seL4_SysRecv, .cap = timed.endpoint, .reply = timed.reply};
    struct thread *handler = thread_at(PRIORITY + 1);

    if (waits_already) {
        thread_start_at(handler, ipc_once, &recv);
        settle();
        thread_make_passive(handler);
    }
    thread_start_at(timed.thread, spin_for, (void *)5000);
    sleep_us(3000);
    if (!waits_already) {
        thread_start_at(handler, ipc_once, &recv);
        settle();
        CHECK_EQUAL(recv.done, 1);
    } else {
        CHECK_EQUAL(recv.done, 0);
    }
    /* Either way the context is still the other's. */
    OK(seL4_SchedContext_UnbindObject(timed.thread->sc, timed.thread->tcb));
}

TEST_PATHS("kernel.timeout.passive_handler_gets_no_time")
{
    check_passive_timeout_handler(true);
}

TEST_PATHS("kernel.timeout.queued_until_the_handler_receives")
{
    check_passive_timeout_handler(false);
}

static void receive_without_time(void *argument)
{
    struct ipc *ipc = argument;

    seL4_Wait(ipc->dest, NULL);
    ipc_once(ipc);
    ipc->done += 10;
}

/* It was queued, and the handler takes it while running on time that it then loses. */
TEST_PATHS("kernel.timeout.taken_from_the_queue_lends_nothing")
{
    struct timed timed = timed_new(1000, 100000, 1);
    struct ipc recv = {.number = seL4_SysRecv,
                       .cap = timed.endpoint,
                       .reply = timed.reply,
                       .dest = notification_new()};
    struct thread *handler = thread_run(PRIORITY + 1, receive_without_time, &recv);

    thread_start_at(timed.thread, spin_for, (void *)5000);
    sleep_us(3000);
    signal_to(recv.dest);
    settle();
    CHECK_EQUAL(recv.done, 11);
    OK(seL4_SchedContext_UnbindObject(timed.thread->sc, timed.thread->tcb));
    OK(seL4_SchedContext_UnbindObject(handler->sc, handler->tcb));
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

/* ---- YieldTo ---- */

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
