// SPDX-License-Identifier: BSD-2-Clause
/* Notifications: the word, waiters, binding to a thread, a scheduling context of their own. */
#include <harness/ipc.h>
#include <harness/suite.h>

static seL4_Word poll(seL4_CPtr notification)
{
    return receive((seL4_Word)seL4_SysNBWait, notification, NOTHING).badge;
}

/* ---- the word ---- */

TEST_PATHS("kernel.notification.word_is_taken_once")
{
    const seL4_CPtr notification = notification_new();

    CHECK_EQUAL(poll(notification), 0);
    signal_to(badged(notification, 0x10));
    CHECK_EQUAL(poll(notification), 0x10);
    CHECK_EQUAL(poll(notification), 0);
}

TEST_PATHS("kernel.notification.badges_are_ored")
{
    const seL4_CPtr notification = notification_new();

    signal_to(badged(notification, 0x11));
    signal_to(badged(notification, 0x8000000000000006));
    signal_to(notification);
    CHECK_EQUAL(poll(notification), 0x8000000000000017);
}

/* Unbadged: active with a word of 0, so a blocking wait returns at once. */
TEST_PATHS("kernel.notification.unbadged_signal_makes_active")
{
    const seL4_CPtr notification = notification_new();

    signal_to(notification);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, notification, NOTHING).badge, 0);
    CHECK_EQUAL(poll(notification), 0);
}

TEST_PATHS("kernel.notification.any_send_is_a_signal")
{
    const seL4_CPtr notification = notification_new(), one = badged(notification, 1);

    CHECK_REPLY(INVOKE(one, 12345, WORDS(1, 2, 3)), SUCCESS());
    CHECK_EQUAL(poll(notification), 1);
    invoke_by_send((seL4_Word)seL4_SysNBSend, one, 99, (struct message){WORDS(1)});
    CHECK_EQUAL(poll(notification), 1);
}

/* ---- rights ---- */

TEST_PATHS("kernel.notification.signal_needs_write")
{
    const seL4_CPtr notification = notification_new();
    const seL4_CPtr cap = with_rights(notification, seL4_CanRead);

    CHECK_REPLY(INVOKE(cap, 0, WORDS()), INVALID_CAPABILITY(0));
    signal_to(cap);
    CHECK_EQUAL(poll(notification), 0);
}

TEST_PATHS("kernel.notification.wait_needs_read")
{
    const seL4_CPtr cap = with_rights(notification_new(), seL4_CanWrite), faults = endpoint_new();
    struct ipc wait = {.number = seL4_SysNBWait, .cap = cap};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(thread, ipc_once, &wait);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_Addr], cap);
    CHECK_EQUAL(fault.mr[seL4_CapFault_InRecvPhase], 1);
}

/* ---- waiters ---- */

TEST_PATHS("kernel.notification.waiter_gets_badge_only")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = ipc_thread(PRIORITY, &wait);

    settle();
    CHECK_EQUAL(wait.done, 0);
    signal_to(badged(notification, 5));
    CHECK_EQUAL(poll(notification), 0);
    thread_wait(thread);
    CHECK_EQUAL(wait.result.badge, 5);
}

TEST_PATHS("kernel.notification.waiters_by_priority_then_age")
{
    static const seL4_Word priorities[] = {50, 60, 50, 70, 60};
    static const unsigned order[] = {3, 1, 4, 0, 2};
    const seL4_CPtr notification = notification_new();
    struct ipc waits[5];

    for (unsigned i = 0; i < 5; i++) {
        waits[i] = (struct ipc){.number = seL4_SysWait, .cap = notification};
        ipc_thread(priorities[i], &waits[i]);
        settle();
    }
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(waits[order[i]].done, 0);
        signal_to(notification);
        settle();
        CHECK_EQUAL(waits[order[i]].done, 1);
    }
}

TEST_PATHS("kernel.notification.new_priority_moves_in_queue")
{
    const seL4_CPtr notification = notification_new();
    struct ipc waits[2];
    struct thread *threads[2];

    for (unsigned i = 0; i < 2; i++) {
        waits[i] = (struct ipc){.number = seL4_SysWait, .cap = notification};
        threads[i] = ipc_thread(50 - i, &waits[i]);
        settle();
    }
    OK(seL4_TCB_SetPriority(threads[1]->tcb, OWN_TCB, 60));
    signal_to(notification);
    settle();
    CHECK_EQUAL(waits[0].done, 0);
    CHECK_EQUAL(waits[1].done, 1);
}

TEST_PATHS("kernel.notification.deleted_under_a_waiter")
{
    const seL4_CPtr notification = notification_new(), faults = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(thread, ipc_once, &wait);
    settle();
    cap_delete(notification);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_Addr], notification);
}

TEST_PATHS("kernel.notification.suspended_waiter")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = ipc_thread(PRIORITY, &wait);

    settle();
    OK(seL4_TCB_Suspend(thread->tcb));
    signal_to(badged(notification, 2));
    settle();
    CHECK_EQUAL(wait.done, 0);
    OK(seL4_TCB_Resume(thread->tcb)); /* it waits again, and the word is there */
    settle();
    CHECK_EQUAL(wait.done, 1);
    CHECK_EQUAL(wait.result.badge, 2);
}

/* ---- bound to a thread ---- */

TEST_PATHS("kernel.notification.bound.interrupts_receive")
{
    COVERS("TCBBindNotification.0");
    const seL4_CPtr notification = notification_new(), endpoint = endpoint_new();
    struct ipc recv = {.number = seL4_SysRecv, .cap = endpoint, .reply = reply_new()};
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start_at(thread, ipc_once, &recv);
    settle();
    signal_to(badged(notification, 0x99));
    thread_wait(thread);
    CHECK_EQUAL(recv.result.badge, 0x99);
    OK(seL4_TCB_UnbindNotification(thread->tcb));
    CHECK_EQUAL(poll(notification), 0);
    /* The endpoint has no receiver any more. */
    invoke_by_send((seL4_Word)seL4_SysNBSend, endpoint, 1, (struct message){WORDS()});
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 0);
}

TEST_PATHS("kernel.notification.bound.active_before_receive")
{
    const seL4_CPtr notification = notification_new(), endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = badged(endpoint, 7)};

    OK(seL4_TCB_BindNotification(OWN_TCB, notification));
    ipc_thread(PRIORITY, &send);
    settle();
    signal_to(badged(notification, 0x99));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, endpoint, reply_new()).badge, 0x99);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, endpoint, reply_new()).badge, 7);
}

TEST_PATHS("kernel.notification.bound.active_before_nbrecv")
{
    const seL4_CPtr notification = notification_new(), endpoint = endpoint_new();

    OK(seL4_TCB_BindNotification(OWN_TCB, notification));
    signal_to(badged(notification, 0x98));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, endpoint, reply_new()).badge, 0x98);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, endpoint, reply_new()).badge, 0);
}

TEST_PATHS("kernel.notification.bound.own_thread_may_wait")
{
    const seL4_CPtr notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start_at(thread, ipc_once, &wait);
    settle();
    signal_to(badged(notification, 3));
    thread_wait(thread);
    CHECK_EQUAL(wait.result.badge, 3);
}

TEST_PATHS("kernel.notification.bound.others_may_not_wait")
{
    const seL4_CPtr notification = notification_new(), faults = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    OK(seL4_TCB_BindNotification(tcb_new(), notification));
    thread_start_at(thread, ipc_once, &wait);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_InRecvPhase], 1);
}

TEST_PATHS("kernel.notification.bound.blocked_elsewhere_is_not_interrupted")
{
    const seL4_CPtr notification = notification_new(), endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint};
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start_at(thread, ipc_once, &send);
    settle();
    signal_to(badged(notification, 3));
    settle();
    CHECK_EQUAL(send.done, 0);
    OK(seL4_TCB_UnbindNotification(thread->tcb));
    CHECK_EQUAL(poll(notification), 3);
}

TEST_PATHS("kernel.notification.bound.unbound_no_longer_interrupts")
{
    COVERS("TCBUnbindNotification.0");
    const seL4_CPtr notification = notification_new(), endpoint = endpoint_new();
    struct ipc recv = {.number = seL4_SysRecv, .cap = endpoint, .reply = reply_new()};
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_BindNotification(thread->tcb, notification));
    OK(seL4_TCB_UnbindNotification(thread->tcb));
    thread_start_at(thread, ipc_once, &recv);
    settle();
    signal_to(badged(notification, 3));
    settle();
    CHECK_EQUAL(recv.done, 0);
    CHECK_EQUAL(poll(notification), 3);
}

TEST_PATHS("kernel.notification.bound.deleted_notification_unbinds")
{
    const seL4_CPtr notification = notification_new(), tcb = tcb_new();

    OK(seL4_TCB_BindNotification(tcb, notification));
    cap_delete(notification);
    CHECK_REPLY(INVOKE(tcb, TCBUnbindNotification, WORDS()), ILLEGAL_OPERATION);
    OK(seL4_TCB_BindNotification(tcb, notification_new()));
}

TEST_PATHS("kernel.notification.bound.deleted_thread_unbinds")
{
    const seL4_CPtr notification = notification_new(), tcb = tcb_new();

    OK(seL4_TCB_BindNotification(tcb, notification));
    cap_delete(tcb);
    OK(seL4_TCB_BindNotification(tcb_new(), notification));
}

/* ---- with a scheduling context ---- */

struct passive_waiter {
    seL4_CPtr wait, elsewhere;
    volatile unsigned rounds;
};

static void wait_again_and_again(void *argument)
{
    struct passive_waiter *waiter = argument;

    for (;;) {
        seL4_Wait(waiter->wait, NULL);
        waiter->rounds++;
    }
}

static struct thread *passive_waiter(void (*run)(void *), struct passive_waiter *waiter)
{
    struct thread *thread = thread_run(PRIORITY, run, waiter);

    settle();
    thread_make_passive(thread);
    return thread;
}

TEST_PATHS("kernel.notification.sc.passive_waiter_without_it_does_not_run")
{
    struct passive_waiter waiter = {.wait = notification_new()};
    struct thread *thread = passive_waiter(wait_again_and_again, &waiter);

    signal_to(waiter.wait);
    settle();
    CHECK_EQUAL(waiter.rounds, 0);
    OK(seL4_SchedContext_Bind(thread->sc, thread->tcb));
    settle();
    CHECK_EQUAL(waiter.rounds, 1);
}

TEST_PATHS("kernel.notification.sc.passive_waiter_runs_on_it")
{
    COVERS("SchedContextBind.0");
    struct passive_waiter waiter = {.wait = notification_new()};
    struct thread *thread = passive_waiter(wait_again_and_again, &waiter);

    OK(seL4_SchedContext_Bind(thread->sc, waiter.wait));
    for (unsigned i = 1; i < 4; i++) {
        signal_to(waiter.wait);
        settle();
        CHECK_EQUAL(waiter.rounds, i);
    }
    /* It went back when the thread waited again. */
    OK(seL4_SchedContext_UnbindObject(thread->sc, waiter.wait));
    signal_to(waiter.wait);
    settle();
    CHECK_EQUAL(waiter.rounds, 3);
}

static void wait_then_elsewhere(void *argument)
{
    struct passive_waiter *waiter = argument;

    seL4_Wait(waiter->wait, NULL);
    waiter->rounds++;
    seL4_Wait(waiter->elsewhere, NULL);
    waiter->rounds++;
    thread_finish();
}

/* Blocking on something else does not give it back. */
TEST_PATHS("kernel.notification.sc.stays_when_blocked_elsewhere")
{
    struct passive_waiter waiter = {.wait = notification_new(), .elsewhere = notification_new()};
    struct thread *thread = passive_waiter(wait_then_elsewhere, &waiter);

    OK(seL4_SchedContext_Bind(thread->sc, waiter.wait));
    signal_to(waiter.wait);
    settle();
    CHECK_EQUAL(waiter.rounds, 1);
    signal_to(waiter.elsewhere);
    settle();
    CHECK_EQUAL(waiter.rounds, 2);
}

static void receive_again_and_again(void *argument)
{
    struct passive_waiter *waiter = argument;

    for (;;) {
        (void)receive((seL4_Word)seL4_SysRecv, waiter->wait, waiter->elsewhere);
        waiter->rounds++;
    }
}

/* A server that is bound to the notification gets it in Recv and gives it back in Recv. */
TEST_PATHS("kernel.notification.sc.bound_server")
{
    struct passive_waiter waiter = {.wait = endpoint_new(), .elsewhere = reply_new()};
    const seL4_CPtr notification = notification_new();
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start_at(thread, receive_again_and_again, &waiter);
    settle();
    thread_make_passive(thread);
    OK(seL4_SchedContext_Bind(thread->sc, notification));
    for (unsigned i = 1; i < 4; i++) {
        signal_to(notification);
        settle();
        CHECK_EQUAL(waiter.rounds, i);
    }
    OK(seL4_SchedContext_UnbindObject(thread->sc, notification));
    signal_to(notification);
    settle();
    CHECK_EQUAL(waiter.rounds, 3);
}

TEST_PATHS("kernel.notification.sc.deleted_notification_unbinds")
{
    const seL4_CPtr notification = notification_new(), sc = sc_new();

    OK(seL4_SchedContext_Bind(sc, notification));
    cap_delete(notification);
    OK(seL4_SchedContext_Bind(sc, notification_new()));
}

TEST_PATHS("kernel.notification.sc.deleted_sc_unbinds")
{
    const seL4_CPtr notification = notification_new(), sc = sc_new();

    OK(seL4_SchedContext_Bind(sc, notification));
    cap_delete(sc);
    OK(seL4_SchedContext_Bind(sc_new(), notification));
}

TEST_PATHS("kernel.notification.sc.unbind_all")
{
    COVERS("SchedContextUnbind.0");
    COVERS("SchedContextUnbindObject.0");
    const seL4_CPtr notification = notification_new();
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_SchedContext_Bind(thread->sc, notification));
    OK(seL4_SchedContext_Unbind(thread->sc));
    OK(seL4_SchedContext_Bind(thread->sc, notification));
    OK(seL4_SchedContext_Bind(thread->sc, thread->tcb));
    OK(seL4_SchedContext_UnbindObject(thread->sc, thread->tcb));
    OK(seL4_SchedContext_UnbindObject(thread->sc, notification));
}
