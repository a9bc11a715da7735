// SPDX-License-Identifier: BSD-2-Clause
/* Endpoints: who waits for whom, what a message carries, queues, rights and cancelling. */
#include <harness/ipc.h>
#include <harness/suite.h>

/* ---- meeting ---- */

TEST_PATHS("kernel.endpoint.send_waits_for_receiver")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {
        .number = seL4_SysSend, .cap = badged(endpoint, 9), .label = 3, .message = {WORDS(1, 2)}};
    struct thread *sender = ipc_thread(PRIORITY, &send);
    struct reply got;

    settle();
    CHECK_EQUAL(send.done, 0);
    got = receive((seL4_Word)seL4_SysWait, endpoint, NOTHING);
    CHECK_EQUAL(got.badge, 9);
    CHECK_EQUAL(got.label, 3);
    CHECK_EQUAL(got.length, 2);
    CHECK_EQUAL(got.mr[1], 2);
    thread_wait(sender);
    CHECK_EQUAL(send.done, 1);
}

TEST_PATHS("kernel.endpoint.receiver_waits_for_send")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *receiver = ipc_thread(PRIORITY, &wait);

    settle();
    CHECK_EQUAL(wait.done, 0);
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 5, (struct message){WORDS(8)});
    thread_wait(receiver);
    CHECK_EQUAL(wait.result.label, 5);
    CHECK_EQUAL(wait.result.badge, 0);
    CHECK_EQUAL(wait.result.mr[0], 8);
}

TEST_PATHS("kernel.endpoint.nbsend_without_receiver_is_lost")
{
    const seL4_CPtr endpoint = endpoint_new();

    invoke_by_send((seL4_Word)seL4_SysNBSend, endpoint, 5, (struct message){WORDS(8)});
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 0);
}

TEST_PATHS("kernel.endpoint.nbsend_with_receiver_arrives")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *receiver = ipc_thread(PRIORITY, &wait);

    settle();
    invoke_by_send((seL4_Word)seL4_SysNBSend, badged(endpoint, 4), 5, (struct message){WORDS(8)});
    thread_wait(receiver);
    CHECK_EQUAL(wait.result.badge, 4);
}

TEST_PATHS("kernel.endpoint.nbrecv_takes_a_queued_sender")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = badged(endpoint, 9), .label = 3};
    struct thread *sender = ipc_thread(PRIORITY, &send);

    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, endpoint, reply_new()).badge, 9);
    thread_wait(sender);
}

TEST_PATHS("kernel.endpoint.call_and_reply")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {
        .number = seL4_SysCall, .cap = badged(endpoint, 9), .label = 3, .message = {WORDS(1)}};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, endpoint, reply).badge, 9);
    settle();
    CHECK_EQUAL(call.done, 0);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 77, (struct message){WORDS(5, 6, 7)});
    thread_wait(caller);
    CHECK_EQUAL(call.result.label, 77);
    CHECK_EQUAL(call.result.length, 3);
    CHECK_EQUAL(call.result.mr[2], 7);
    CHECK_EQUAL(call.result.badge, 0);
}

/* ---- messages ---- */

static void fill_buffer(struct message *message, seL4_Word count)
{
    message->count = count;
    for (unsigned i = 0; i < MESSAGE_WORDS; i++) {
        message->words[i] = 1000 + i;
    }
}

struct long_sending {
    seL4_CPtr cap;
    seL4_Word info;
};

static void send_long(void *argument)
{
    const struct long_sending *sending = argument;

    for (int i = 0; i < seL4_MsgMaxLength; i++) {
        seL4_SetMR(i, 5000 + (seL4_Word)i);
    }
    sel4_sys_send((seL4_Word)seL4_SysSend, sending->cap, sending->info, 5000, 5001, 5002, 5003);
}

static void check_long(struct thread *sender, seL4_CPtr endpoint, seL4_Word length,
                       seL4_Word expected)
{
    struct long_sending sending = {endpoint, length};
    struct reply got;

    thread_start_at(sender, send_long, &sending);
    for (int i = 0; i < seL4_MsgMaxLength; i++) {
        seL4_SetMR(i, 0xeeee);
    }
    got = receive((seL4_Word)seL4_SysWait, endpoint, NOTHING);
    CHECK_EQUAL(got.length, expected);
    for (seL4_Word i = 0; i < 4 && i < expected; i++) {
        CHECK_EQUAL(got.mr[i], 5000 + i);
    }
    for (seL4_Word i = 4; i < seL4_MsgMaxLength; i++) {
        CHECK_EQUAL(seL4_GetMR((int)i), i < expected ? 5000 + i : 0xeeee);
    }
    thread_wait(sender);
}

TEST_PATHS("kernel.endpoint.message_lengths")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct thread *sender = thread_at(PRIORITY);

    for (seL4_Word length = 0; length <= seL4_MsgMaxLength; length++) {
        check_long(sender, endpoint, length, length);
    }
}

TEST_PATHS("kernel.endpoint.message_lengths_above_the_largest")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct thread *sender = thread_at(PRIORITY);

    for (seL4_Word length = seL4_MsgMaxLength + 1; length <= 127; length++) {
        check_long(sender, endpoint, length, seL4_MsgMaxLength);
    }
}

/* The first four words live in registers alone. */
TEST_PATHS("kernel.endpoint.buffer_keeps_first_words")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint, .message = {WORDS(1, 2, 3, 4, 5)}};
    struct thread *sender = ipc_thread(PRIORITY, &send);

    for (int i = 0; i < 5; i++) {
        seL4_SetMR(i, 0xeeee);
    }
    (void)receive((seL4_Word)seL4_SysWait, endpoint, NOTHING);
    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(seL4_GetMR(i), 0xeeee);
    }
    CHECK_EQUAL(seL4_GetMR(4), 5);
    thread_wait(sender);
}

TEST_PATHS("kernel.endpoint.label_has_52_bits")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint, .label = 0xfedcba9876543ull};
    struct thread *sender = ipc_thread(PRIORITY, &send);

    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).label, 0xfedcba9876543ull);
    thread_wait(sender);
}

TEST_PATHS("kernel.endpoint.sender_without_buffer_sends_four_words")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint, .message = {WORDS(1, 2, 3, 4)}};
    struct thread *sender =
        thread_new((struct thread_options){.priority = PRIORITY, .no_buffer = true});
    struct reply got;

    send.message.cut = (seL4_Word)-6; /* says ten words */
    thread_start_at(sender, ipc_once, &send);
    got = receive((seL4_Word)seL4_SysWait, endpoint, NOTHING);
    CHECK_EQUAL(got.length, 4);
    CHECK_EQUAL(got.mr[3], 4);
}

TEST_PATHS("kernel.endpoint.receiver_without_buffer_gets_four_words")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *receiver =
        thread_new((struct thread_options){.priority = PRIORITY, .no_buffer = true});
    struct message message = {0};

    fill_buffer(&message, 10);
    thread_start_at(receiver, ipc_once, &wait);
    settle();
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, message);
    thread_wait(receiver);
    CHECK_EQUAL(wait.result.length, 4);
    CHECK_EQUAL(wait.result.mr[3], 1003);
}

/* ---- queues ---- */

TEST_PATHS("kernel.endpoint.senders_by_priority_then_age")
{
    static const seL4_Word priorities[] = {50, 60, 50, 70, 60};
    static const seL4_Word order[] = {4, 2, 5, 1, 3}; /* badges */
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc sends[5];

    for (unsigned i = 0; i < 5; i++) {
        sends[i] = (struct ipc){.number = seL4_SysSend, .cap = badged(endpoint, i + 1)};
        ipc_thread(priorities[i], &sends[i]);
        settle();
    }
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, order[i]);
    }
}

TEST_PATHS("kernel.endpoint.receivers_by_priority_then_age")
{
    static const seL4_Word priorities[] = {50, 60, 50, 70, 60};
    static const unsigned order[] = {3, 1, 4, 0, 2};
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc waits[5];

    for (unsigned i = 0; i < 5; i++) {
        waits[i] = (struct ipc){.number = seL4_SysWait, .cap = endpoint};
        ipc_thread(priorities[i], &waits[i]);
        settle();
    }
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(waits[order[i]].done, 0);
        invoke_by_send((seL4_Word)seL4_SysSend, endpoint, i, (struct message){WORDS()});
        settle();
        CHECK_EQUAL(waits[order[i]].done, 1);
        CHECK_EQUAL(waits[order[i]].result.label, i);
    }
}

TEST_PATHS("kernel.endpoint.new_priority_moves_in_queue")
{
    COVERS("TCBSetPriority.0");
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc sends[3];
    struct thread *threads[3];

    for (unsigned i = 0; i < 3; i++) {
        sends[i] = (struct ipc){.number = seL4_SysSend, .cap = badged(endpoint, i + 1)};
        threads[i] = ipc_thread(50 + i, &sends[i]);
        settle();
    }
    OK(seL4_TCB_SetPriority(threads[0]->tcb, OWN_TCB, 52)); /* behind the equal one */
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 3);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 2);
}

/* ---- rights ---- */

TEST_PATHS("kernel.endpoint.send_needs_write")
{
    const seL4_CPtr cap = with_rights(endpoint_new(), seL4_NoWrite);

    CHECK_REPLY(INVOKE(cap, 1, WORDS()), INVALID_CAPABILITY(0));
    invoke_by_send((seL4_Word)seL4_SysSend, cap, 1, (struct message){WORDS()});
    invoke_by_send((seL4_Word)seL4_SysNBSend, cap, 1, (struct message){WORDS()});
}

static void check_receive_faults(int number, seL4_CPtr cap)
{
    const seL4_CPtr faults = endpoint_new();
    struct ipc wait = {number, cap, .reply = reply_new()};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(thread, ipc_once, &wait);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_Addr], cap);
    CHECK_EQUAL(fault.mr[seL4_CapFault_InRecvPhase], 1);
}

TEST_PATHS("kernel.endpoint.receive_needs_read")
{
    static const int numbers[] = {seL4_SysRecv, seL4_SysNBRecv, seL4_SysWait, seL4_SysNBWait};
    const seL4_CPtr cap = with_rights(endpoint_new(), seL4_NoRead);

    for (unsigned i = 0; i < 4; i++) {
        check_receive_faults(numbers[i], cap);
    }
}

TEST_PATHS("kernel.endpoint.receive_on_other_types")
{
    check_receive_faults(seL4_SysRecv, OWN_TCB);
    check_receive_faults(seL4_SysNBWait, OWN_CNODE);
    check_receive_faults(seL4_SysWait, NOTHING);
}

/* Without grant or grantReply nobody may answer: the caller stops for good. */
TEST_PATHS("kernel.endpoint.call_needs_a_grant")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct ipc call = {.number = seL4_SysCall, .cap = with_rights(endpoint, seL4_ReadWrite)};
    struct ipc again = {.number = seL4_SysCall,
                        .cap = with_rights(endpoint, seL4_CapRights_new(1, 0, 0, 1))};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive((seL4_Word)seL4_SysRecv, endpoint, reply);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(call.done, 0);
    ipc_thread(PRIORITY, &again);
    (void)receive((seL4_Word)seL4_SysRecv, endpoint, reply);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(again.done, 1);
    (void)caller;
}

TEST_PATHS("kernel.endpoint.call_without_reply_object_stops_the_caller")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc call = {.number = seL4_SysCall, .cap = endpoint};
    struct thread *caller = ipc_thread(PRIORITY, &call);

    (void)receive((seL4_Word)seL4_SysWait, endpoint, NOTHING);
    settle();
    CHECK_EQUAL(call.done, 0);
    OK(seL4_TCB_Resume(caller->tcb)); /* repeats the call */
    (void)receive((seL4_Word)seL4_SysWait, endpoint, NOTHING);
    CHECK_EQUAL(call.done, 0);
}

/* ---- cancelling ---- */

TEST_PATHS("kernel.endpoint.deleted_under_a_sender")
{
    const seL4_CPtr endpoint = endpoint_new(), faults = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint};
    struct thread *sender =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(sender, ipc_once, &send);
    settle();
    cap_delete(endpoint);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(send.done, 1); /* an empty slot answers a send with silence */
    (void)fault;
}

TEST_PATHS("kernel.endpoint.deleted_under_a_receiver")
{
    const seL4_CPtr endpoint = endpoint_new(), faults = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *receiver =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(receiver, ipc_once, &wait);
    settle();
    cap_delete(endpoint);
    fault = receive((seL4_Word)seL4_SysRecv, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_Addr], endpoint);
}

/* Deleting one of two capabilities disturbs nobody. */
TEST_PATHS("kernel.endpoint.not_the_last_capability")
{
    const seL4_CPtr endpoint = endpoint_new(), copy = copy_of(endpoint);
    struct ipc send = {.number = seL4_SysSend, .cap = copy};

    ipc_thread(PRIORITY, &send);
    settle();
    cap_delete(endpoint);
    settle();
    CHECK_EQUAL(send.done, 0);
    (void)receive((seL4_Word)seL4_SysWait, copy, NOTHING);
    settle();
    CHECK_EQUAL(send.done, 1);
}

TEST_PATHS("kernel.endpoint.cancel_badged_sends")
{
    COVERS("CNodeCancelBadgedSends.0");
    const seL4_CPtr endpoint = endpoint_new(), one = badged(endpoint, 1), two = badged(endpoint, 2);
    struct ipc sends[] = {{.number = seL4_SysSend, .cap = one},
                          {.number = seL4_SysSend, .cap = two},
                          {.number = seL4_SysCall, .cap = one}};

    for (unsigned i = 0; i < 3; i++) {
        ipc_thread(PRIORITY, &sends[i]);
        settle();
    }
    OK(seL4_CNode_CancelBadgedSends(OWN_CNODE, one, DEPTH));
    /* The cancelled ones try again and queue up behind the other. */
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 2);
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 1);
}

TEST_PATHS("kernel.endpoint.cancel_unbadged_does_nothing")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc sends[] = {{.number = seL4_SysSend, .cap = endpoint},
                          {.number = seL4_SysSend, .cap = badged(endpoint, 1)}};

    ipc_thread(PRIORITY, &sends[0]);
    settle();
    ipc_thread(PRIORITY, &sends[1]);
    settle();
    OK(seL4_CNode_CancelBadgedSends(OWN_CNODE, endpoint, DEPTH));
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 0);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).badge, 1);
}

static void fault_at_once(void *argument)
{
    (void)argument;
    __asm__ volatile("ud2");
}

/* A thread that was queued because of a fault has nothing to repeat: it stops. */
TEST_PATHS("kernel.endpoint.cancel_queued_fault")
{
    const seL4_CPtr endpoint = endpoint_new(), handler = badged(endpoint, 6);
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = handler});

    thread_start_at(thread, fault_at_once, NULL);
    settle();
    OK(seL4_CNode_CancelBadgedSends(OWN_CNODE, handler, DEPTH));
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 0);
    OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).label,
                seL4_Fault_UserException);
}

TEST_PATHS("kernel.endpoint.suspended_in_queue")
{
    COVERS("TCBSuspend.0");
    COVERS("TCBResume.0");
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = badged(endpoint, 3)};
    struct thread *sender = ipc_thread(PRIORITY, &send);

    settle();
    OK(seL4_TCB_Suspend(sender->tcb));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 0);
    OK(seL4_TCB_Resume(sender->tcb));
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 3);
    thread_wait(sender);
}

TEST_PATHS("kernel.endpoint.deleted_thread_leaves_the_queue")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc sends[] = {{.number = seL4_SysSend, .cap = badged(endpoint, 1)},
                          {.number = seL4_SysSend, .cap = badged(endpoint, 2)}};
    struct thread *first = ipc_thread(PRIORITY, &sends[0]);

    settle();
    ipc_thread(PRIORITY, &sends[1]);
    settle();
    cap_delete(first->tcb);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 2);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 0);
}
