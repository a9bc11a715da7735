// SPDX-License-Identifier: BSD-2-Clause
/* Calls that send and then receive. */
#include <harness/ipc.h>
#include <harness/suite.h>

#define NBSENDRECV ((seL4_Word)seL4_SysNBSendRecv)
#define NBSENDWAIT ((seL4_Word)seL4_SysNBSendWait)
#define REPLYRECV  ((seL4_Word)seL4_SysReplyRecv)

static const struct message nothing = {0};

TEST_PATHS("kernel.combined.nbsendrecv_signals_and_receives")
{
    const seL4_CPtr target = notification_new(), endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = badged(endpoint, 4), .label = 9};
    struct thread *sender = ipc_thread(PRIORITY, &send);
    struct reply got;

    settle();
    got = exchange(NBSENDRECV, badged(target, 2), 0, nothing, endpoint, reply_new());
    CHECK_EQUAL(got.badge, 4);
    CHECK_EQUAL(got.label, 9);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, target, NOTHING).badge, 2);
    thread_wait(sender);
}

TEST_PATHS("kernel.combined.nbsendrecv_message_to_a_receiver")
{
    const seL4_CPtr target = endpoint_new(), own = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = target};
    struct thread *receiver = ipc_thread(PRIORITY, &wait);

    settle();
    signal_to(badged(own, 1));
    CHECK_EQUAL(
        exchange(NBSENDRECV, badged(target, 5), 3, (struct message){WORDS(7, 8)}, own, NOTHING)
            .badge,
        1);
    thread_wait(receiver);
    CHECK_EQUAL(wait.result.badge, 5);
    CHECK_EQUAL(wait.result.label, 3);
    CHECK_EQUAL(wait.result.mr[1], 8);
}

/* The send half never blocks and never faults. */
TEST_PATHS("kernel.combined.failed_send_half_is_silent")
{
    static const seL4_CPtr dests[] = {NOTHING, 1ull << 40, seL4_CapBootInfoFrame};
    const seL4_CPtr own = notification_new(), one = badged(own, 1);

    for (unsigned i = 0; i < sizeof(dests) / sizeof(dests[0]); i++) {
        signal_to(one);
        CHECK_EQUAL(exchange(NBSENDRECV, dests[i], 0, nothing, own, NOTHING).badge, 1);
        signal_to(one);
        CHECK_EQUAL(exchange(NBSENDWAIT, NOTHING, 0, nothing, own, dests[i]).badge, 1);
        signal_to(one);
        CHECK_EQUAL(exchange(REPLYRECV, NOTHING, 0, nothing, own, dests[i]).badge, 1);
    }
    signal_to(one);
    CHECK_EQUAL(exchange(NBSENDRECV, endpoint_new(), 0, nothing, own, NOTHING).badge, 1);
}

TEST_PATHS("kernel.combined.failed_extra_capability_is_silent")
{
    const seL4_CPtr own = notification_new(), target = notification_new();

    signal_to(badged(own, 1));
    CHECK_EQUAL(
        exchange(NBSENDRECV, badged(target, 2), 0, (struct message){CAPS(1ull << 40)}, own, NOTHING)
            .badge,
        1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, target, NOTHING).badge, 0);
}

/* These object types cannot be invoked by the send half. */
TEST_PATHS("kernel.combined.send_half_cannot_change_threads_and_tables")
{
    const seL4_CPtr own = notification_new(), one = badged(own, 1), slot = slot_new();
    const seL4_CPtr sc = sc_new(), tcb = tcb_new();

    OK(seL4_CNode_Copy(OWN_CNODE, slot, DEPTH, OWN_CNODE, OWN_TCB, DEPTH, seL4_AllRights));
    signal_to(one);
    (void)exchange(NBSENDRECV, OWN_CNODE, CNodeDelete, (struct message){WORDS(slot, DEPTH)}, own,
                   NOTHING);
    CHECK(!slot_is_empty(slot));
    signal_to(one);
    (void)exchange(NBSENDRECV, tcb, TCBSetFlags, (struct message){WORDS(0, 1)}, own, NOTHING);
    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(0, 0)), SUCCESS(0));
    signal_to(one);
    (void)exchange(NBSENDRECV, sc, SchedContextBind, (struct message){CAPS(tcb)}, own, NOTHING);
    OK(seL4_SchedContext_Bind(sc, tcb));
}

/* Others can: a frame is unmapped. */
TEST_PATHS("kernel.combined.send_half_unmaps_a_frame")
{
    const seL4_CPtr own = notification_new(), frame = page_map(OWN_VSPACE, FREE_ADDRESS);

    *(volatile char *)FREE_ADDRESS = 1;
    signal_to(badged(own, 1));
    (void)exchange(NBSENDRECV, frame, X86PageUnmap, nothing, own, NOTHING);
    OK(seL4_X86_Page_Map(frame, OWN_VSPACE, FREE_ADDRESS + PAGE_BYTES, seL4_AllRights, 0));
}

TEST_PATHS("kernel.combined.nbsendwait_takes_the_reply_register")
{
    const seL4_CPtr target = notification_new(), own = notification_new();

    signal_to(badged(own, 1));
    CHECK_EQUAL(exchange(NBSENDWAIT, NOTHING, 0, nothing, own, badged(target, 6)).badge, 1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, target, NOTHING).badge, 6);
}

TEST_PATHS("kernel.combined.nbsendwait_waits_on_an_endpoint")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = badged(endpoint, 3)};
    struct thread *sender = ipc_thread(PRIORITY, &send);

    CHECK_EQUAL(exchange(NBSENDWAIT, NOTHING, 0, nothing, endpoint, notification_new()).badge, 3);
    thread_wait(sender);
}

TEST_PATHS("kernel.combined.replyrecv_answers_and_receives")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc calls[2];
    struct thread *callers[2];

    for (unsigned i = 0; i < 2; i++) {
        calls[i] = (struct ipc){.number = seL4_SysCall, .cap = badged(endpoint, i + 1)};
        callers[i] = ipc_thread(PRIORITY - i, &calls[i]);
    }
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, endpoint, reply).badge, 1);
    CHECK_EQUAL(exchange(REPLYRECV, NOTHING, 31, (struct message){WORDS(1)}, endpoint, reply).badge,
                2);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 32, nothing);
    thread_wait(callers[0]);
    thread_wait(callers[1]);
    CHECK_EQUAL(calls[0].result.label, 31);
    CHECK_EQUAL(calls[0].result.mr[0], 1);
    CHECK_EQUAL(calls[1].result.label, 32);
}

TEST_PATHS("kernel.combined.replyrecv_with_nobody_to_answer")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = badged(endpoint, 1)};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    CHECK_EQUAL(exchange(REPLYRECV, NOTHING, 0, nothing, endpoint, reply).badge, 1);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, nothing);
    thread_wait(caller);
}

/* The receive half may fault though the send half was done. */
TEST_PATHS("kernel.combined.receive_half_faults")
{
    const seL4_CPtr faults = endpoint_new(), target = notification_new();
    struct ipc both = {.number = seL4_SysNBSendRecv, .dest = badged(target, 2), .cap = OWN_TCB};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(thread, ipc_once, &both);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_InRecvPhase], 1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, target, NOTHING).badge, 2);
}
