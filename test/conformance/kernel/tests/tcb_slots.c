// SPDX-License-Identifier: BSD-2-Clause
/* What a TCB holds are children of what was supplied: revoking that takes it away. */
#include <harness/ipc.h>
#include <harness/suite.h>

static struct reply fault_at(seL4_CPtr endpoint)
{
    return receive((seL4_Word)seL4_SysRecv, endpoint, reply_new());
}

TEST("kernel.tcb.slots.vspace_revoked")
{
    const seL4_CPtr faults = endpoint_new(), vspace = vspace_with_image();
    struct thread *thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .faults = faults, .vspace = vspace});
    struct ipc poll = {.number = seL4_SysNBWait, .cap = notification_new()};

    thread_prepare(thread, ipc_once, &poll);
    cap_revoke(vspace);
    OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQUAL(fault_at(faults).label, seL4_Fault_VMFault);
    CHECK_EQUAL(poll.done, 0);
}

TEST("kernel.tcb.slots.buffer_revoked")
{
    const seL4_CPtr frame = copy_of(page_map(OWN_VSPACE, FREE_ADDRESS)), endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *thread = thread_at(PRIORITY);
    struct message message = {WORDS(1, 2, 3, 4, 5, 6)};

    OK(seL4_TCB_SetIPCBuffer(thread->tcb, FREE_ADDRESS, frame));
    thread_start_at(thread, ipc_once, &wait);
    settle();
    cap_delete(frame); /* its copy in the TCB stays */
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, message);
    settle();
    CHECK_EQUAL(wait.result.length, 6);

    const seL4_CPtr other = frame_new();

    OK(seL4_TCB_SetIPCBuffer(thread->tcb, FREE_ADDRESS, other));
    thread_start_at(thread, ipc_once, &wait);
    settle();
    cap_revoke(other);
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, message);
    settle();
    CHECK_EQUAL(wait.result.length, 4);
}

/* Without a handler a fault stops the thread, and nobody hears of it. */
TEST("kernel.tcb.slots.fault_handler_revoked")
{
    const seL4_CPtr faults = endpoint_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});
    struct ipc poll = {.number = seL4_SysNBWait, .cap = notification_new()};

    cap_revoke(faults);
    thread_start_at(thread, ipc_once, &poll);
    settle();
    CHECK_EQUAL(poll.done, 1);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, faults, NOTHING).badge, 0);
    CHECK_REPLY(INVOKE(thread->tcb, TCBSuspend, WORDS()), SUCCESS());
}

/* The buffer is found by its place in the frame, whatever the frame's size. */
TEST("kernel.tcb.slots.buffer_at_the_end_of_a_large_page")
{
    const seL4_CPtr page = object_new(seL4_X86_LargePageObject, 0), endpoint = endpoint_new();
    const uintptr_t at = FREE_ADDRESS, place = at + LARGE_BYTES - sizeof(seL4_IPCBuffer);
    volatile seL4_IPCBuffer *buffer = (void *)place;
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *thread = thread_at(PRIORITY);
    struct message message = {WORDS(1, 2, 3, 4, 5, 6)};

    OK(seL4_X86_PDPT_Map(object_new(seL4_X86_PDPTObject, 0), OWN_VSPACE, at, 0));
    OK(seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0), OWN_VSPACE, at, 0));
    OK(seL4_X86_Page_Map(page, OWN_VSPACE, at, seL4_AllRights, 0));
    OK(seL4_TCB_SetIPCBuffer(thread->tcb, place, page));
    thread_start_at(thread, ipc_once, &wait);
    settle();
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, message);
    settle();
    CHECK_EQUAL(buffer->msg[5], 6);
    CHECK_EQUAL(buffer->msg[0], 0);
}
