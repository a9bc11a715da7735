// SPDX-License-Identifier: BSD-2-Clause
/* Two things at once: threads that wait for time and are woken, stopped, answered or moved. */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/trace.h>

#define RECV       ((seL4_Word)seL4_SysRecv)
#define SEND       ((seL4_Word)seL4_SysSend)
#define REPLY_RECV ((seL4_Word)seL4_SysReplyRecv)

static seL4_CPtr control(void)
{
    return boot->schedcontrol.start;
}

static struct thread *poor_thread(seL4_Word priority, uint64_t budget_us, uint64_t period_us)
{
    return thread_new((struct thread_options){
        .priority = priority, .budget_us = budget_us, .period_us = period_us});
}

static void spin_then_note(void *us)
{
    spin_us((uintptr_t)us);
    trace_note('s');
}

/* ---- in the release queue ---- */

/* It spins longer than its budget lasts and then waits for the next period. */
static struct thread *waiting_for_time(uint64_t period_us)
{
    struct thread *thread = poor_thread(PRIORITY, 500, period_us);

    trace_reset();
    thread_start_at(thread, spin_then_note, (void *)600);
    sleep_us(800);
    CHECK_TRACE("");
    return thread;
}

TEST("kernel.interplay.suspended_while_waiting_for_time")
{
    struct thread *thread = waiting_for_time(3000);

    OK(seL4_TCB_Suspend(thread->tcb));
    sleep_us(4000);
    CHECK_TRACE("");
    OK(seL4_TCB_Resume(thread->tcb)); /* its time has come meanwhile */
    settle();
    CHECK_TRACE("s");
}

TEST("kernel.interplay.suspended_and_resumed_still_waits_for_time")
{
    struct thread *thread = waiting_for_time(3000);

    OK(seL4_TCB_Suspend(thread->tcb));
    OK(seL4_TCB_Resume(thread->tcb));
    settle();
    CHECK_TRACE("");
    sleep_us(3000);
    CHECK_TRACE("s");
}

TEST("kernel.interplay.new_priority_while_waiting_for_time")
{
    struct thread *thread = waiting_for_time(3000);
    struct runner runner = runner_new('r', PRIORITY + 2);

    OK(seL4_TCB_SetPriority(thread->tcb, OWN_TCB, PRIORITY + 1));
    settle();
    CHECK_TRACE("");
    sleep_us(3000);
    CHECK_TRACE("s");
    runner_start(&runner);
    settle();
    CHECK_TRACE("sr");
}

TEST("kernel.interplay.unbound_while_waiting_for_time")
{
    struct thread *thread = waiting_for_time(3000);

    thread_make_passive(thread);
    sleep_us(4000);
    CHECK_TRACE("");
    OK(seL4_SchedContext_Bind(thread->sc, thread->tcb));
    settle();
    CHECK_TRACE("s");
}

TEST("kernel.interplay.another_context_while_waiting_for_time")
{
    struct thread *thread = waiting_for_time(1000000);

    thread_make_passive(thread);
    OK(seL4_SchedContext_Bind(sc_new_with(5000, 5000), thread->tcb));
    settle();
    CHECK_TRACE("s");
}

TEST("kernel.interplay.context_deleted_while_waiting_for_time")
{
    struct thread *thread = waiting_for_time(1000);

    cap_delete(thread->sc);
    sleep_us(2000);
    CHECK_TRACE("");
}

TEST("kernel.interplay.thread_deleted_while_waiting_for_time")
{
    struct thread *thread = waiting_for_time(1000);

    cap_delete(thread->tcb);
    sleep_us(2000);
    CHECK_TRACE("");
    CHECK_REPLY(INVOKE(thread->sc, SchedContextBind, WORDS(), CAPS(tcb_new())), SUCCESS());
}

/* Many become due at one moment. */
TEST("kernel.interplay.many_wait_for_the_same_moment")
{
    enum { MANY = 18 };
    struct thread *threads[MANY];

    trace_reset();
    for (unsigned i = 0; i < MANY; i++) {
        threads[i] = poor_thread(PRIORITY, 100, 5000);
        OK(seL4_TCB_Suspend(threads[i]->tcb));
    }
    for (unsigned i = 0; i < MANY; i++) {
        thread_start_at(threads[i], spin_then_note, (void *)150);
    }
    sleep_us(4000);
    CHECK_TRACE("");
    sleep_us(5000);
    CHECK_TRACE("ssssssssssssssssss");
}

/* ---- answers to callers whose time is gone ---- */

static void serve_slowly(void *argument)
{
    const struct ipc *ipc = argument;

    (void)receive(RECV, ipc->cap, ipc->reply);
    for (;;) {
        spin_us(900);
        (void)exchange(REPLY_RECV, NOTHING, 9, (struct message){WORDS(1, 2, 3, 4, 5, 6)}, ipc->cap,
                       ipc->reply);
    }
}

/* The server ends on the caller's next budget. */
TEST_PATHS("kernel.interplay.server_goes_on_in_the_next_period")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap};
    struct thread *server = thread_run(PRIORITY + 1, serve_slowly, &serve);
    struct thread *caller = poor_thread(PRIORITY, 500, 3000);
    uint64_t start_us;

    settle();
    thread_make_passive(server);
    start_us = now_us();
    thread_start_at(caller, ipc_once, &call);
    thread_wait(caller);
    CHECK_ABOUT(now_us() - start_us, 3000);
    CHECK_EQUAL(call.result.label, 9);
    CHECK_EQUAL(call.result.mr[5], 6);
}

/* Answered by somebody else, the caller has its context back and waits until it is worth
 * something; the answer waits with it. */
TEST_PATHS("kernel.interplay.answered_without_time")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap};
    struct thread *server = thread_run(PRIORITY + 1, serve_slowly, &serve);
    struct thread *caller = poor_thread(PRIORITY, 500, 5000);

    settle();
    thread_make_passive(server);
    thread_start_at(caller, ipc_once, &call);
    sleep_us(1000);
    invoke_by_send(SEND, serve.reply, 7, (struct message){WORDS(1, 2, 3, 4, 5)});
    sleep_us(1000);
    CHECK_EQUAL(call.done, 0);
    sleep_us(4000);
    CHECK_EQUAL(call.done, 1);
    CHECK_EQUAL(call.result.label, 7);
    CHECK_EQUAL(call.result.mr[4], 5);
}

/* The next caller has waited longer than its period: its context comes with all of its budget. */
TEST_PATHS("kernel.interplay.queued_callers_are_served_on_their_own_time")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc calls[3];
    struct thread *server = thread_run(PRIORITY + 1, serve_slowly, &serve), *callers[3];

    settle();
    thread_make_passive(server);
    for (unsigned i = 0; i < 3; i++) {
        calls[i] = (struct ipc){.number = seL4_SysCall, .cap = serve.cap};
        callers[i] = poor_thread(PRIORITY - i, 1000, 10000);
        thread_start_at(callers[i], ipc_once, &calls[i]);
    }
    sleep_us(6000);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(calls[i].done, 1);
        CHECK_ABOUT(INVOKE(callers[i]->sc, SchedContextConsumed, WORDS()).mr[0], 915);
    }
}

/* ---- other ways to answer ---- */

static void answer_by_nbsendrecv(void *argument)
{
    const struct ipc *ipc = argument;
    struct reply m = receive(RECV, ipc->cap, ipc->reply);

    for (;;) {
        m = exchange((seL4_Word)seL4_SysNBSendRecv, ipc->reply, m.label + 1,
                     (struct message){WORDS(m.mr[0] + 1)}, ipc->cap, ipc->reply);
    }
}

/* The reply object as destination of NBSendRecv, and then for the next caller. */
TEST_PATHS("kernel.interplay.answers_by_nbsendrecv")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct thread *server = thread_run(PRIORITY + 1, answer_by_nbsendrecv, &serve);

    settle();
    thread_make_passive(server);
    for (seL4_Word i = 0; i < 3; i++) {
        struct ipc call = {
            .number = seL4_SysCall, .cap = serve.cap, .label = i, .message = {WORDS(10 * i)}};
        struct thread *caller = ipc_thread(PRIORITY, &call);

        thread_wait(caller);
        CHECK_EQUAL(call.result.label, i + 1);
        CHECK_EQUAL(call.result.mr[0], 10 * i + 1);
        CHECK_EQUAL(INVOKE(caller->sc, SchedContextUnbindObject, WORDS(), CAPS(caller->tcb)).label,
                    seL4_NoError); /* it has it back */
    }
}

static void answer_by_call(void *argument)
{
    struct ipc *ipc = argument;

    (void)receive(RECV, ipc->cap, ipc->reply);
    ipc->result = INVOKE(ipc->reply, 5, WORDS(6));
    ipc->done++;
}

/* The answer takes the context away before the call of the reply object is answered itself. */
TEST_PATHS("kernel.interplay.answered_by_call_on_borrowed_time")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap};
    struct thread *server = thread_run(PRIORITY + 1, answer_by_call, &serve);

    settle();
    thread_make_passive(server);
    thread_wait(ipc_thread(PRIORITY, &call));
    CHECK_EQUAL(call.result.label, 5);
    CHECK_EQUAL(serve.done, 0);
    OK(seL4_SchedContext_Bind(server->sc, server->tcb));
    settle();
    CHECK_EQUAL(serve.done, 1);
    CHECK_REPLY(serve.result, SUCCESS());
}

/* ---- reply objects of faulting threads ---- */

static void read_nowhere(void *argument)
{
    trace_note('f');
    (void)*(volatile char *)argument;
    trace_note('g');
}

/* The faulting thread is dropped like a caller; resumed, it faults again. */
TEST_PATHS("kernel.interplay.reply_object_of_a_fault_reused")
{
    struct faulter f = faulter_new();
    struct ipc recv = {.number = seL4_SysRecv, .cap = endpoint_new(), .reply = f.reply};

    f.argument = (void *)FREE_ADDRESS;
    CHECK_EQUAL(faulter_run(&f, read_nowhere).label, seL4_Fault_VMFault);
    ipc_thread(PRIORITY, &recv);
    settle();
    faulter_answer(&f, 0, (struct message){WORDS()}); /* nobody is answered */
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, f.endpoint, reply_new()).badge, 0);
    OK(seL4_TCB_Resume(f.thread->tcb));
    f.reply = reply_new();
    CHECK_EQUAL(faulter_next(&f).label, seL4_Fault_VMFault);
}

TEST_PATHS("kernel.interplay.reply_object_of_a_fault_deleted")
{
    struct faulter f = faulter_new();

    f.argument = (void *)FREE_ADDRESS;
    CHECK_EQUAL(faulter_run(&f, read_nowhere).label, seL4_Fault_VMFault);
    cap_delete(f.reply);
    f.reply = reply_new();
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, f.endpoint, f.reply).badge, 0);
    OK(seL4_TCB_Resume(f.thread->tcb));
    CHECK_EQUAL(faulter_next(&f).label, seL4_Fault_VMFault);
}

/* Registered anew between two faults: the new one counts, also while the old one is waited for. */
TEST_PATHS("kernel.interplay.fault_handler_replaced_between_faults")
{
    struct faulter f = faulter_new();
    const seL4_CPtr other = endpoint_new();
    struct reply m;

    f.argument = (void *)FREE_ADDRESS;
    (void)faulter_run(&f, read_nowhere);
    OK(seL4_TCB_SetSpace(f.thread->tcb, badged(other, 0x31), OWN_CNODE, 0, OWN_VSPACE, 0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    m = receive(RECV, other, f.reply);
    CHECK_EQUAL(m.label, seL4_Fault_VMFault);
    CHECK_EQUAL(m.badge, 0x31);
    OK(seL4_TCB_SetSpace(f.thread->tcb, NOTHING, OWN_CNODE, 0, OWN_VSPACE, 0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, other, f.reply).badge, 0);
    OK(seL4_TCB_SetSchedParams(f.thread->tcb, OWN_TCB, 0, PRIORITY, f.thread->sc,
                               badged(f.endpoint, f.badge)));
    OK(seL4_TCB_Resume(f.thread->tcb));
    CHECK_EQUAL(faulter_next(&f).label, seL4_Fault_VMFault);
}

/* ---- notifications with scheduling contexts ---- */

struct passive_waiter {
    seL4_CPtr notification;
    volatile unsigned woken;
};

static void wait_and_spin(void *argument)
{
    struct passive_waiter *w = argument;

    for (;;) {
        seL4_Wait(w->notification, NULL);
        w->woken++;
        spin_us(300);
    }
}

static struct thread *passive_waiter_start(struct passive_waiter *w, seL4_CPtr sc)
{
    struct thread *thread;

    *w = (struct passive_waiter){.notification = notification_new()};
    thread = thread_run(PRIORITY, wait_and_spin, w);
    settle();
    thread_make_passive(thread);
    OK(seL4_SchedContext_Bind(sc, w->notification));
    return thread;
}

/* The third signal finds no time left on the notification's context. */
TEST("kernel.interplay.notification_context_used_up")
{
    struct passive_waiter w;
    uint64_t start_us;

    (void)passive_waiter_start(&w, sc_new_with(700, 10000));
    start_us = now_us();
    for (unsigned i = 0; i < 3; i++) {
        signal_to(w.notification);
        sleep_us(1000);
    }
    CHECK_EQUAL(w.woken, 3);
    sleep_us(1000);
    signal_to(w.notification); /* the third is still at it, and waits for time */
    sleep_us(1000);
    CHECK_EQUAL(w.woken, 3);
    sleep_us(start_us + 11500 - now_us());
    CHECK_EQUAL(w.woken, 4);
}

/* A context that is not configured yet runs nobody; configuring it does. */
TEST("kernel.interplay.notification_context_configured_late")
{
    const seL4_CPtr sc = sc_new();
    struct passive_waiter w;

    (void)passive_waiter_start(&w, sc);
    signal_to(w.notification);
    settle();
    CHECK_EQUAL(w.woken, 0);
    OK(seL4_SchedControl_ConfigureFlags(control(), sc, 1000, 10000, 0, 0, 0));
    settle();
    CHECK_EQUAL(w.woken, 1);
}

/* Deleted while its context is lent: the thread keeps that, and can be woken no more. */
TEST("kernel.interplay.notification_deleted_while_its_context_is_lent")
{
    const seL4_CPtr sc = sc_new_with(5000, 5000);
    struct passive_waiter w;
    struct thread *thread = passive_waiter_start(&w, sc);

    signal_to(w.notification);
    sleep_us(100);
    CHECK_EQUAL(w.woken, 1);
    cap_delete(w.notification);
    CHECK_REPLY(INVOKE(sc, SchedContextUnbindObject, WORDS(), CAPS(thread->tcb)), SUCCESS());
    CHECK_REPLY(INVOKE(sc, SchedContextBind, WORDS(), CAPS(notification_new())), SUCCESS());
}

struct bound_server {
    seL4_CPtr endpoint, reply, block;
    volatile unsigned signals, calls;
};

static void wait_serve_wait(void *argument)
{
    struct bound_server *s = argument;

    s->signals += receive(RECV, s->endpoint, s->reply).badge == 1;
    spin_us(500); /* a caller queues meanwhile */
    s->calls += receive(RECV, s->endpoint, s->reply).label == 7;
    seL4_Wait(s->block, NULL); /* elsewhere: whatever it runs on stays with it */
}

/* It finds somebody queued while it runs on the notification's context: the thread that
 * makes the system call `ipc`, which is returned. */
static struct thread *meet_queued(seL4_CPtr sc, struct bound_server *s, struct thread *server,
                                  struct ipc *ipc)
{
    const seL4_CPtr notification = notification_new();
    struct thread *other;

    OK(seL4_TCB_BindNotification(server->tcb, notification));
    thread_start_at(server, wait_serve_wait, s);
    settle();
    thread_make_passive(server);
    OK(seL4_SchedContext_Bind(sc, notification));
    signal_to(badged(notification, 1));
    sleep_us(200);
    CHECK_EQUAL(s->signals, 1);
    other = thread_at(PRIORITY + 2);
    thread_start_at(other, ipc_once, ipc);
    settle();
    CHECK_EQUAL(s->calls, 1);
    return other;
}

/* Then it goes on on the caller's (docs/kernel/abi-doubts.md). */
TEST("kernel.interplay.queued_caller_lends_its_context")
{
    const seL4_CPtr sc = sc_new_with(5000, 5000);
    struct bound_server s = {endpoint_new(), reply_new(), notification_new(), 0, 0};
    struct ipc call = {.number = seL4_SysCall, .cap = s.endpoint, .label = 7};
    struct thread *server = thread_at(PRIORITY + 1);
    struct thread *caller = meet_queued(sc, &s, server, &call);

    CHECK_REPLY(INVOKE(sc, SchedContextUnbindObject, WORDS(), CAPS(server->tcb)),
                ILLEGAL_OPERATION);
    CHECK_REPLY(INVOKE(caller->sc, SchedContextUnbindObject, WORDS(), CAPS(server->tcb)),
                SUCCESS());
}

/* A plain message brings no context, so the receiver keeps the one it has. */
TEST("kernel.interplay.queued_sender_lends_nothing")
{
    const seL4_CPtr sc = sc_new_with(5000, 5000);
    struct bound_server s = {endpoint_new(), reply_new(), notification_new(), 0, 0};
    struct ipc send = {.number = seL4_SysSend, .cap = s.endpoint, .label = 7};
    struct thread *server = thread_at(PRIORITY + 1);

    (void)meet_queued(sc, &s, server, &send);
    CHECK_REPLY(INVOKE(sc, SchedContextUnbindObject, WORDS(), CAPS(server->tcb)), SUCCESS());
}

/* ---- registers of threads that have just been woken ---- */

/* Its wait is over, but it has not run since: the place shown is still the call's; suspended, it
 * is what comes after. */
TEST("kernel.interplay.place_of_a_woken_thread")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = ipc_thread(PRIORITY, &wait);
    seL4_Word at;

    settle();
    at = thread_registers(thread).rip;
    CHECK_EQUAL(*(const uint16_t *)at, 0x050f);
    signal_to(badged(notification, 3));
    CHECK_EQUAL(thread_registers(thread).rip, at);
    OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_EQUAL(thread_registers(thread).rip, at + 2);
    OK(seL4_TCB_Resume(thread->tcb));
    thread_wait(thread);
    CHECK_EQUAL(wait.result.badge, 3);
}

/* Resumed while it waits: it waits again. */
TEST("kernel.interplay.resumed_in_a_wait_waits_again")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = ipc_thread(PRIORITY, &wait);

    settle();
    OK(seL4_TCB_Resume(thread->tcb));
    settle();
    CHECK_EQUAL(wait.done, 0);
    signal_to(badged(notification, 4));
    thread_wait(thread);
    CHECK_EQUAL(wait.result.badge, 4);
}

/* ---- the same in the middle of a call chain ---- */

/* A priority set while the answer is owed counts when it comes. */
TEST_PATHS("kernel.interplay.caller_raised_while_it_waits")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap};
    struct runner runner = runner_new('r', PRIORITY + 1);
    struct thread *server = thread_run(PRIORITY + 5, serve_slowly, &serve);
    struct thread *caller;

    settle();
    thread_make_passive(server);
    caller = ipc_thread(PRIORITY, &call);
    sleep_us(300);
    OK(seL4_TCB_SetPriority(caller->tcb, OWN_TCB, PRIORITY + 2));
    trace_reset();
    runner_start(&runner);
    thread_wait(caller);
    CHECK_TRACE("");
    settle();
    CHECK_TRACE("r");
}

/* The server's priority falls below that of a ready thread while it serves. */
TEST_PATHS("kernel.interplay.server_lowered_while_it_serves")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct ipc call = {.number = seL4_SysCall, .cap = serve.cap};
    struct runner runner = runner_new('r', PRIORITY + 1);
    struct thread *server = thread_run(PRIORITY + 5, serve_slowly, &serve);
    struct thread *caller;

    settle();
    thread_make_passive(server);
    caller = ipc_thread(PRIORITY, &call);
    sleep_us(300);
    trace_reset();
    runner_start(&runner);
    OK(seL4_TCB_SetPriority(server->tcb, OWN_TCB, PRIORITY - 1));
    sleep_us(200);
    CHECK_TRACE("r");
    thread_wait(caller);
    CHECK_EQUAL(call.result.label, 9);
}
