// SPDX-License-Identifier: BSD-2-Clause
/* What Sofa's kernel can beyond the interface, when it is asked to (sofa_ext=1). */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/suite.h>

#define TRAP_ALL SOFA_TCBFlag_TrapAll

/* The record that announces it, or null; it is the last chunk. */
static const seL4_BootInfoHeader *record(bool *is_last)
{
    const char *at = (const char *)boot + seL4_BootInfoFrameSize, *end = at + boot->extraLen;
    const seL4_BootInfoHeader *found = NULL;

    while (at < end) {
        const seL4_BootInfoHeader *header = (const void *)at;

        *is_last = header->id == SOFA_BOOTINFO_ID;
        found = *is_last ? header : found;
        at += header->len;
    }
    return found;
}

static void need_extensions(void)
{
    bool is_last = false;

    if (record(&is_last) == NULL) {
        skip("this kernel was not asked for extensions");
    }
}

TEST("kernel.extension.record_is_the_last_chunk")
{
    bool is_last = false;

    need_extensions();
    CHECK(record(&is_last)->len >= sizeof(seL4_BootInfoHeader));
    CHECK(is_last);
}

/* Every call becomes a fault, also those that exist. */
TEST("kernel.extension.trap_all")
{
    struct faulter f = faulter_new();
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    struct reply m;

    need_extensions();
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBSetFlags, WORDS(0, TRAP_ALL)), SUCCESS(TRAP_ALL));
    f.argument = &send;
    m = faulter_run(&f, ipc_once);
    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_Syscall], (seL4_Word)seL4_SysNBSend);
    CHECK_EQUAL(send.done, 0);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBSetFlags, WORDS(TRAP_ALL, 0)), SUCCESS(0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
    CHECK_EQUAL(send.done, 1);
}

TEST("kernel.extension.trap_all_in_one_thread_only")
{
    struct thread *trapped = thread_at(PRIORITY);
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};

    need_extensions();
    CHECK_REPLY(INVOKE(trapped->tcb, TCBSetFlags, WORDS(0, TRAP_ALL)), SUCCESS(TRAP_ALL));
    thread_wait(ipc_thread(PRIORITY, &send));
}
