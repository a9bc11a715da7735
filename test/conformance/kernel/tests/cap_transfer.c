// SPDX-License-Identifier: BSD-2-Clause
/* Capabilities in messages. */
#include <harness/ipc.h>
#include <harness/suite.h>

#define RECV ((seL4_Word)seL4_SysRecv)
#define WAIT ((seL4_Word)seL4_SysWait)

/* The driver receives into this slot. */
static seL4_CPtr receive_slot(void)
{
    const seL4_CPtr slot = slot_new();

    seL4_SetCapReceivePath(OWN_CNODE, slot, DEPTH);
    for (int i = 0; i < 3; i++) {
        seL4_SetCap(i, 0xeeee);
    }
    return slot;
}

/* A thread sends these through the capability; what arrives. */
static struct reply transfer(seL4_CPtr cap, struct message message)
{
    static struct ipc send;
    struct thread *sender;
    struct reply got;
    const seL4_CPtr source = message.words[0];

    message.words[0] = 0;
    send = (struct ipc){.number = seL4_SysSend, .cap = cap, .message = message};
    sender = ipc_thread(PRIORITY, &send);
    settle();
    got = receive(WAIT, source, NOTHING);
    thread_wait(sender);
    return got;
}

#define TRANSFER(endpoint, cap, ...)                                                               \
    transfer(cap, (struct message){.words = {endpoint}, CAPS(__VA_ARGS__)})

TEST("kernel.cap_transfer.one_arrives")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot(), sent = notification_new();
    const struct reply got = TRANSFER(endpoint, badged(endpoint, 1), badged(sent, 6));

    CHECK_EQUAL(got.extra_caps, 1);
    CHECK_EQUAL(got.unwrapped, 0);
    seL4_Signal(slot);
    CHECK_EQUAL(receive(WAIT, sent, NOTHING).badge, 6);
}

TEST("kernel.cap_transfer.keeps_rights")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot(), sent = notification_new();

    CHECK_EQUAL(TRANSFER(endpoint, endpoint, with_rights(sent, seL4_CanRead)).extra_caps, 1);
    CHECK_REPLY(INVOKE(slot, 0, WORDS()), INVALID_CAPABILITY(0));
}

/* What arrives is a child of what was sent, if that was original. */
TEST("kernel.cap_transfer.revoked_with_the_original")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot(), sent = notification_new();

    CHECK_EQUAL(TRANSFER(endpoint, endpoint, sent).extra_caps, 1);
    CHECK(!slot_is_empty(slot));
    cap_revoke(sent);
    CHECK(slot_is_empty(slot));
}

TEST("kernel.cap_transfer.needs_grant")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();
    const seL4_CPtr weak = with_rights(endpoint, seL4_CapRights_new(1, 0, 1, 1));
    const struct reply got = TRANSFER(endpoint, weak, tcb_new());

    CHECK_EQUAL(got.extra_caps, 0);
    CHECK(slot_is_empty(slot));
}

TEST("kernel.cap_transfer.only_one_slot")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();
    const struct reply got = TRANSFER(endpoint, endpoint, tcb_new(), tcb_new());

    CHECK_EQUAL(got.extra_caps, 1);
    CHECK_EQUAL(got.unwrapped, 0);
    CHECK(!slot_is_empty(slot));
}

/* Capabilities to the endpoint itself arrive as their badges. */
TEST("kernel.cap_transfer.unwrapped")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();
    const struct reply got =
        TRANSFER(endpoint, endpoint, badged(endpoint, 11), endpoint, badged(endpoint, 13));

    CHECK_EQUAL(got.extra_caps, 3);
    CHECK_EQUAL(got.unwrapped, 7);
    CHECK_EQUAL(seL4_GetBadge(0), 11);
    CHECK_EQUAL(seL4_GetBadge(1), 0);
    CHECK_EQUAL(seL4_GetBadge(2), 13);
    CHECK(slot_is_empty(slot));
}

TEST("kernel.cap_transfer.unwrapped_around_a_transferred_one")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();
    const struct reply got =
        TRANSFER(endpoint, endpoint, badged(endpoint, 11), tcb_new(), badged(endpoint, 13));

    CHECK_EQUAL(got.extra_caps, 3);
    CHECK_EQUAL(got.unwrapped, 5);
    CHECK_EQUAL(seL4_GetBadge(0), 11);
    CHECK_EQUAL(seL4_GetBadge(2), 13);
    CHECK(!slot_is_empty(slot));
}

/* The second transfer stops everything behind it. */
TEST("kernel.cap_transfer.stops_at_the_second")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();
    const struct reply got =
        TRANSFER(endpoint, endpoint, tcb_new(), tcb_new(), badged(endpoint, 5));

    CHECK_EQUAL(got.extra_caps, 1);
    CHECK_EQUAL(got.unwrapped, 0);
    (void)slot;
}

TEST("kernel.cap_transfer.not_derivable")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();
    const struct reply got = TRANSFER(endpoint, endpoint, badged(endpoint, 5), untyped_with_child(),
                                      badged(endpoint, 6));

    CHECK_EQUAL(got.extra_caps, 1);
    CHECK_EQUAL(got.unwrapped, 1);
    CHECK(slot_is_empty(slot));
}

TEST("kernel.cap_transfer.null_capability")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot();

    CHECK_EQUAL(TRANSFER(endpoint, endpoint, slot_new()).extra_caps, 0);
    CHECK(slot_is_empty(slot));
}

TEST("kernel.cap_transfer.slot_taken")
{
    const seL4_CPtr endpoint = endpoint_new();

    seL4_SetCapReceivePath(OWN_CNODE, OWN_TCB, DEPTH);
    CHECK_EQUAL(TRANSFER(endpoint, endpoint, tcb_new()).extra_caps, 0);
}

TEST("kernel.cap_transfer.slot_unreachable")
{
    const seL4_CPtr endpoint = endpoint_new();

    seL4_SetCapReceivePath(OWN_TCB, 5, DEPTH);
    CHECK_EQUAL(TRANSFER(endpoint, endpoint, tcb_new()).extra_caps, 0);
    seL4_SetCapReceivePath(1ull << 40, 5, DEPTH);
    CHECK_EQUAL(TRANSFER(endpoint, endpoint, tcb_new()).extra_caps, 0);
    seL4_SetCapReceivePath(OWN_CNODE, slot_new(), 0);
    CHECK_EQUAL(TRANSFER(endpoint, endpoint, tcb_new()).extra_caps, 0);
    seL4_SetCapReceivePath(OWN_CNODE, slot_new(), 65);
    CHECK_EQUAL(TRANSFER(endpoint, endpoint, tcb_new()).extra_caps, 0);
}

TEST("kernel.cap_transfer.into_another_cnode")
{
    const seL4_CPtr endpoint = endpoint_new(), cnode = cnode_new(4);

    seL4_SetCapReceivePath(cnode, 3, 4);
    CHECK_EQUAL(TRANSFER(endpoint, endpoint, tcb_new()).extra_caps, 1);
    OK(seL4_CNode_Move(OWN_CNODE, slot_new(), DEPTH, cnode, 3, 4));
}

TEST("kernel.cap_transfer.frame_arrives_unmapped")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = receive_slot(), vspace = vspace_new();

    CHECK_EQUAL(TRANSFER(endpoint, endpoint, page_map(vspace, FREE_ADDRESS)).extra_caps, 1);
    OK(seL4_X86_Page_Map(slot, vspace, FREE_ADDRESS + 0x1000, seL4_AllRights, 0));
}

TEST("kernel.cap_transfer.waiting_receiver")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = slot_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *receiver = thread_at(PRIORITY);

    receiver->buffer->receiveCNode = OWN_CNODE;
    receiver->buffer->receiveIndex = slot;
    receiver->buffer->receiveDepth = DEPTH;
    thread_start_at(receiver, ipc_once, &wait);
    settle();
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, (struct message){CAPS(tcb_new())});
    thread_wait(receiver);
    CHECK_EQUAL(wait.result.extra_caps, 1);
    CHECK(!slot_is_empty(slot));
}

/* A blocking sender faults; nothing is sent. */
TEST("kernel.cap_transfer.lookup_failure_of_the_sender")
{
    const seL4_CPtr endpoint = endpoint_new(), faults = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint, .message = {CAPS(1ull << 40)}};
    struct thread *sender =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct reply fault;

    thread_start_at(sender, ipc_once, &send);
    fault = receive(RECV, faults, reply_new());
    CHECK_EQUAL(fault.label, seL4_Fault_CapFault);
    CHECK_EQUAL(fault.mr[seL4_CapFault_Addr], 1ull << 40);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, endpoint, NOTHING).badge, 0);
}

/* Looked up again when it is taken from the queue: what is gone by then is not sent. */
TEST("kernel.cap_transfer.queued_sender_is_looked_up_again")
{
    const seL4_CPtr endpoint = endpoint_new(), sent = tcb_new(), slot = receive_slot();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint, .message = {CAPS(sent)}};
    struct thread *sender = ipc_thread(PRIORITY, &send);
    struct reply got;

    settle();
    sender->buffer->caps_or_badges[0] = 1ull << 40;
    got = receive(WAIT, endpoint, NOTHING);
    CHECK_EQUAL(got.extra_caps, 0);
    CHECK(slot_is_empty(slot));
}

/* ---- in replies ---- */

static struct ipc reply_call;

static struct thread *caller_with_slot(seL4_CPtr endpoint, seL4_CPtr slot)
{
    struct thread *caller = thread_at(PRIORITY);

    reply_call = (struct ipc){.number = seL4_SysCall, .cap = endpoint};
    caller->buffer->receiveCNode = OWN_CNODE;
    caller->buffer->receiveIndex = slot;
    caller->buffer->receiveDepth = DEPTH;
    thread_start_at(caller, ipc_once, &reply_call);
    return caller;
}

TEST("kernel.cap_transfer.in_a_reply")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), slot = slot_new();
    struct thread *caller = caller_with_slot(endpoint, slot);

    (void)receive(RECV, endpoint, reply);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, (struct message){CAPS(tcb_new())});
    thread_wait(caller);
    CHECK_EQUAL(reply_call.result.extra_caps, 1);
    CHECK(!slot_is_empty(slot));
}

TEST("kernel.cap_transfer.reply_without_grant")
{
    const seL4_CPtr endpoint = endpoint_new(), slot = slot_new();
    const seL4_CPtr reply = with_rights(reply_new(), seL4_ReadWrite);
    struct thread *caller = caller_with_slot(endpoint, slot);

    (void)receive(RECV, endpoint, reply);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, (struct message){CAPS(tcb_new())});
    thread_wait(caller);
    CHECK_EQUAL(reply_call.result.extra_caps, 0);
    CHECK(slot_is_empty(slot));
}

/* A reply goes through no endpoint, so nothing is unwrapped. */
TEST("kernel.cap_transfer.reply_never_unwraps")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), slot = slot_new();
    struct thread *caller = caller_with_slot(endpoint, slot);

    (void)receive(RECV, endpoint, reply);
    invoke_by_send((seL4_Word)seL4_SysSend, reply, 0, (struct message){CAPS(badged(endpoint, 4))});
    thread_wait(caller);
    CHECK_EQUAL(reply_call.result.extra_caps, 1);
    CHECK_EQUAL(reply_call.result.unwrapped, 0);
    CHECK(!slot_is_empty(slot));
}
