// SPDX-License-Identifier: BSD-2-Clause
/* Timeout faults: when they come, what they say, what answers do. */
#include <harness/ipc.h>
#include <harness/suite.h>

#define RECV ((seL4_Word)seL4_SysRecv)

static seL4_CPtr control(void)
{
    return boot->schedcontrol.start;
}

static void spin_for(void *argument)
{
    spin_us((uintptr_t)argument);
}

static void yield_and_time(void *argument)
{
    volatile uint64_t *times = argument;

    for (unsigned i = 0; i < 4; i++) {
        times[i] = now_us();
        seL4_Yield();
    }
}

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
