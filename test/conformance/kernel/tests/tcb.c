// SPDX-License-Identifier: BSD-2-Clause
/* Threads: registers, spaces, priorities and states. */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/suite.h>
#include <tiny/string.h>

#define REGISTERS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

static seL4_UserContext read(seL4_CPtr tcb)
{
    seL4_UserContext registers;

    OK(seL4_TCB_ReadRegisters(tcb, 0, 0, REGISTERS, &registers));
    return registers;
}

/* Values that survive as they are. */
static seL4_UserContext pattern(seL4_Word base)
{
    seL4_UserContext registers;
    seL4_Word *words = (seL4_Word *)&registers;

    for (unsigned i = 0; i < REGISTERS; i++) {
        words[i] = base + i;
    }
    registers.rflags = 0x202;
    return registers;
}

/* ---- registers ---- */

TEST("kernel.tcb.registers.fresh")
{
    COVERS("TCBReadRegisters.0");
    const seL4_UserContext registers = read(tcb_new());
    const seL4_Word *words = (const seL4_Word *)&registers;

    for (unsigned i = 0; i < REGISTERS; i++) {
        CHECK_EQUAL(words[i], i == 2 ? 0x202 : 0);
    }
}

TEST("kernel.tcb.registers.round_trip")
{
    COVERS("TCBWriteRegisters.0");
    const seL4_CPtr tcb = tcb_new();
    seL4_UserContext written = pattern(0x1122334400), got;

    OK(seL4_TCB_WriteRegisters(tcb, 0, 0, REGISTERS, &written));
    got = read(tcb);
    CHECK(memcmp(&written, &got, sizeof(got)) == 0);
}

TEST("kernel.tcb.registers.some")
{
    const seL4_CPtr tcb = tcb_new();
    const struct reply reply = INVOKE(tcb, TCBReadRegisters, WORDS(0, 3));

    CHECK_REPLY(reply, SUCCESS(0, 0, 0x202));
    CHECK_REPLY(INVOKE(tcb, TCBWriteRegisters, WORDS(0, 2, 0x111, 0x222, 0x333)), SUCCESS());
    CHECK_EQUAL(read(tcb).rip, 0x111);
    CHECK_EQUAL(read(tcb).rsp, 0x222);
    CHECK_EQUAL(read(tcb).rflags, 0x202);
}

TEST("kernel.tcb.registers.count_zero_writes_nothing")
{
    const seL4_CPtr tcb = tcb_new();

    CHECK_REPLY(INVOKE(tcb, TCBWriteRegisters, WORDS(0, 0)), SUCCESS());
    CHECK_EQUAL(read(tcb).rip, 0);
}

TEST("kernel.tcb.registers.sanitised")
{
    static const struct {
        seL4_Word flags, kept;
    } cases[] = {{0, 0x202}, {~0ull, 0xed7}, {0x100, 0x202}, {0x40ed5, 0xed7}, {0x28, 0x202}};
    const seL4_CPtr tcb = tcb_new();
    seL4_UserContext registers = pattern(0);

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        registers.rflags = cases[i].flags;
        OK(seL4_TCB_WriteRegisters(tcb, 0, 0, REGISTERS, &registers));
        CHECK_EQUAL(read(tcb).rflags, cases[i].kept);
    }
}

TEST("kernel.tcb.registers.not_canonical")
{
    static const seL4_Word bad[] = {0x0000800000000000, 0xffff7fffffffffff, 0x1234567890abcdef};
    static const seL4_Word good[] = {0x00007fffffffffff, 0xffff800000000000, ~0ull};
    const seL4_CPtr tcb = tcb_new();
    seL4_UserContext registers = pattern(0);

    for (unsigned i = 0; i < 3; i++) {
        registers.rip = registers.fs_base = registers.gs_base = bad[i];
        registers.rsp = bad[i];
        OK(seL4_TCB_WriteRegisters(tcb, 0, 0, REGISTERS, &registers));
        CHECK_EQUAL(read(tcb).rip, 0);
        CHECK_EQUAL(read(tcb).fs_base, 0);
        CHECK_EQUAL(read(tcb).gs_base, 0);
        CHECK_EQUAL(read(tcb).rsp, bad[i]);
        registers.rip = registers.fs_base = registers.gs_base = good[i];
        OK(seL4_TCB_WriteRegisters(tcb, 0, 0, REGISTERS, &registers));
        CHECK_EQUAL(read(tcb).rip, good[i]);
        CHECK_EQUAL(read(tcb).fs_base, good[i]);
        CHECK_EQUAL(read(tcb).gs_base, good[i]);
    }
}

TEST("kernel.tcb.registers.without_buffer_four_are_read")
{
    struct ipc call = {.number = seL4_SysCall,
                       .cap = tcb_new(),
                       .label = TCBReadRegisters,
                       .message = {WORDS(0, REGISTERS)}};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .no_buffer = true});

    thread_start_at(thread, ipc_once, &call);
    thread_wait(thread);
    CHECK_EQUAL(call.result.label, 0);
    CHECK_EQUAL(call.result.length, 4);
    CHECK_EQUAL(call.result.mr[2], 0x202);
}

TEST("kernel.tcb.registers.read_suspends_on_request")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint};
    struct thread *thread = ipc_thread(PRIORITY, &send);
    seL4_UserContext registers;

    settle();
    OK(seL4_TCB_ReadRegisters(thread->tcb, 1, 0, REGISTERS, &registers));
    invoke_by_send((seL4_Word)seL4_SysNBSend, endpoint, 0, (struct message){WORDS()});
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBWait, badged(endpoint, 0), NOTHING).badge, 0);
    settle();
    CHECK_EQUAL(send.done, 0);
    CHECK_EQUAL(*(const uint16_t *)registers.rip, 0x050f); /* the call itself */
}

TEST("kernel.tcb.registers.write_resumes_on_request")
{
    volatile seL4_Word flag = 0;
    struct thread *thread = thread_at(PRIORITY);

    (void)flag;
    thread_prepare(thread, ipc_once,
                   &(struct ipc){.number = seL4_SysNBSend, .cap = endpoint_new()});
    settle();
    CHECK_EQUAL(thread->finished, false);
    CHECK_REPLY(INVOKE(thread->tcb, TCBWriteRegisters, WORDS(1, 0)), SUCCESS());
    thread_wait(thread);
}

/* ---- CopyRegisters ---- */

static struct reply copy(seL4_CPtr to, seL4_CPtr from, seL4_Word flags)
{
    return INVOKE(to, TCBCopyRegisters, WORDS(flags), CAPS(from));
}

enum { SUSPEND_SOURCE = 1, RESUME_TARGET = 2, FRAME = 4, INTEGER = 8 };

TEST("kernel.tcb.copy_registers.groups")
{
    COVERS("TCBCopyRegisters.0");
    const seL4_CPtr from = tcb_new(), to = tcb_new();
    seL4_UserContext written = pattern(0x7000), got;

    OK(seL4_TCB_WriteRegisters(from, 0, 0, REGISTERS, &written));
    CHECK_REPLY(copy(to, from, 0), SUCCESS());
    CHECK_EQUAL(read(to).rip, 0);
    CHECK_REPLY(copy(to, from, FRAME), SUCCESS());
    got = read(to);
    CHECK_EQUAL(got.rip, written.rip);
    CHECK_EQUAL(got.r15, written.r15);
    CHECK_EQUAL(got.fs_base, 0);
    CHECK_REPLY(copy(to, from, INTEGER), SUCCESS());
    got = read(to);
    CHECK(memcmp(&written, &got, sizeof(got)) == 0);
}

TEST("kernel.tcb.copy_registers.starts_the_target")
{
    struct thread *from = thread_at(PRIORITY), *to = thread_at(PRIORITY);
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};

    thread_prepare(from, ipc_once, &send);
    CHECK_REPLY(copy(to->tcb, from->tcb, RESUME_TARGET | FRAME | INTEGER), SUCCESS());
    settle();
    CHECK_EQUAL(send.done, 1);
}

TEST("kernel.tcb.copy_registers.suspends_the_source")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *from = ipc_thread(PRIORITY, &wait);

    settle();
    CHECK_REPLY(copy(tcb_new(), from->tcb, SUSPEND_SOURCE), SUCCESS());
    invoke_by_send((seL4_Word)seL4_SysNBSend, endpoint, 0, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(wait.done, 0);
}

/* Unlike the other two it may have the caller as its source. */
TEST("kernel.tcb.copy_registers.from_the_caller")
{
    const seL4_CPtr to = tcb_new();

    CHECK_REPLY(copy(to, OWN_TCB, FRAME | INTEGER), SUCCESS());
    CHECK(read(to).rsp != 0);
    CHECK(read(to).fs_base != 0);
}

static void copy_to_oneself(void *argument)
{
    seL4_CPtr *tcb = argument;
    const struct reply reply = copy(*tcb, *tcb, SUSPEND_SOURCE | RESUME_TARGET | INTEGER);

    check_reply(reply, (struct reply)SUCCESS(), __FILE__, __LINE__);
    *tcb = 0;
}

TEST("kernel.tcb.copy_registers.to_oneself_stopping_and_starting")
{
    struct thread *thread = thread_at(PRIORITY);
    seL4_CPtr tcb = thread->tcb;

    thread_start_at(thread, copy_to_oneself, &tcb);
    thread_wait(thread);
    CHECK_EQUAL(tcb, 0);
}

/* ---- spaces and buffer ---- */

TEST("kernel.tcb.configure.sets_all_three")
{
    COVERS("TCBConfigure.0");
    const seL4_CPtr cnode = cnode_new(4), endpoint = endpoint_new(), tcb = tcb_new();
    const seL4_CPtr frame = frame_new(), vspace = vspace_new();

    (void)endpoint;
    CHECK_REPLY(INVOKE(tcb, TCBConfigure, WORDS(0, 0, 0x10000400), CAPS(cnode, vspace, frame)),
                SUCCESS());
    CHECK_REPLY(INVOKE(tcb, TCBConfigure, WORDS(0, 0, 0), CAPS(cnode, vspace, NOTHING)), SUCCESS());
}

/* The thread holds copies, which are children of what was given. */
TEST("kernel.tcb.configure.keeps_copies")
{
    const seL4_CPtr cnode = cnode_new(4), tcb = tcb_new(), kept = copy_of(cnode);

    CHECK_REPLY(INVOKE(tcb, TCBConfigure, WORDS(0, 0, 0), CAPS(cnode, OWN_VSPACE, NOTHING)),
                SUCCESS());
    OK(seL4_CNode_Copy(cnode, 3, 4, OWN_CNODE, OWN_TCB, DEPTH, seL4_AllRights));
    cap_delete(cnode);
    cap_delete(kept); /* the thread's copy keeps the object */
    CHECK_REPLY(INVOKE(tcb, TCBSetSpace, WORDS(0, 0), CAPS(NOTHING, OWN_CNODE, OWN_VSPACE)),
                SUCCESS());
}

TEST("kernel.tcb.set_space.changes_spaces_of_a_running_thread")
{
    COVERS("TCBSetSpace.0");
    const seL4_CPtr cnode = cnode_new(4), notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = notification};
    const seL4_CPtr faults = endpoint_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = faults});

    thread_start_at(thread, ipc_forever, &wait);
    settle();
    CHECK_REPLY(INVOKE(thread->tcb, TCBSetSpace, WORDS(0, 0), CAPS(faults, cnode, OWN_VSPACE)),
                SUCCESS());
    seL4_Signal(notification);
    /* Woken once; the next call finds no such path in the new CSpace. */
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, faults, reply_new()).label, seL4_Fault_CapFault);
    CHECK_EQUAL(wait.done, 1);
}

TEST("kernel.tcb.set_space.installs_the_fault_handler")
{
    const seL4_CPtr faults = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = NOTHING};
    struct thread *thread = thread_at(PRIORITY);

    CHECK_REPLY(INVOKE(thread->tcb, TCBSetSpace, WORDS(0, 0), CAPS(faults, OWN_CNODE, OWN_VSPACE)),
                SUCCESS());
    thread_start_at(thread, ipc_once, &wait);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, faults, reply_new()).label, seL4_Fault_CapFault);
}

TEST("kernel.tcb.set_ipc_buffer.moves_the_buffer")
{
    COVERS("TCBSetIPCBuffer.0");
    static _Alignas(4096) seL4_IPCBuffer page[4];
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct thread *thread = thread_at(PRIORITY);
    struct message message = {WORDS(1, 2, 3, 4, 5, 6)};

    page[1].msg[5] = 0;
    OK(seL4_TCB_SetIPCBuffer(thread->tcb, (uintptr_t)&page[1], image_frame(page)));
    thread_start_at(thread, ipc_once, &wait);
    settle();
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, message);
    settle();
    CHECK_EQUAL(page[1].msg[5], 6);
    CHECK_EQUAL(page[1].msg[0], 0);
}

/* A buffer that the thread may not write: it can send from it but gets four words. */
TEST("kernel.tcb.set_ipc_buffer.read_only")
{
    static _Alignas(4096) seL4_IPCBuffer page[4];
    const seL4_CPtr endpoint = endpoint_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = endpoint};
    struct ipc send = {.number = seL4_SysSend, .cap = endpoint};
    struct thread *thread = thread_at(PRIORITY);
    struct message message = {WORDS(1, 2, 3, 4, 5, 6)};

    OK(seL4_TCB_SetIPCBuffer(thread->tcb, (uintptr_t)page,
                             with_rights(image_frame(page), seL4_CanRead)));
    thread_start_at(thread, ipc_once, &wait);
    settle();
    invoke_by_send((seL4_Word)seL4_SysSend, endpoint, 0, message);
    settle();
    CHECK_EQUAL(wait.result.length, 4);
    page[0].msg[5] = 77;
    send.message.count = 4;
    send.message.cut = (seL4_Word)-2; /* says six words; the last two wait in the buffer */
    thread_start_at(thread, ipc_once, &send);
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).length, 6);
    CHECK_EQUAL(seL4_GetMR(5), 77);
}

TEST("kernel.tcb.set_tls_base.of_another")
{
    COVERS("TCBSetTLSBase.0");
    const seL4_CPtr tcb = tcb_new();

    CHECK_REPLY(INVOKE(tcb, TCBSetTLSBase, WORDS(0x12345678)), SUCCESS());
    CHECK_EQUAL(read(tcb).fs_base, 0x12345678);
}

static uintptr_t own_thread_pointer(void)
{
    uintptr_t value;

    __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
    return value;
}

TEST("kernel.tcb.set_tls_base.of_the_caller")
{
    static uintptr_t block[64] __attribute__((aligned(64)));
    const uintptr_t before = own_thread_pointer();
    seL4_Word cap = OWN_TCB, info = seL4_MessageInfo_new(TCBSetTLSBase, 0, 0, 1).words[0];
    seL4_Word mr[4] = {(uintptr_t)&block[32], 0, 0, 0}, seen;

    block[32] = 0x55;
    sel4_sys_call((seL4_Word)seL4_SysCall, &cap, &info, mr);
    seen = own_thread_pointer();
    cap = OWN_TCB;
    info = seL4_MessageInfo_new(TCBSetTLSBase, 0, 0, 1).words[0];
    mr[0] = before;
    sel4_sys_call((seL4_Word)seL4_SysCall, &cap, &info, mr);
    CHECK_EQUAL(seen, 0x55);
    CHECK_EQUAL(own_thread_pointer(), before);
}

/* ---- flags ---- */

TEST("kernel.tcb.set_flags.only_known_ones")
{
    COVERS("TCBSetFlags.0");
    const seL4_CPtr tcb = tcb_new();

    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(0, 0)), SUCCESS(0));
    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(0, 0xff)), SUCCESS(1));
    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(1, 1)), SUCCESS(1));
    CHECK_REPLY(INVOKE(tcb, TCBSetFlags, WORDS(~0ull, 0)), SUCCESS(0));
}

/* ---- priorities ---- */

TEST("kernel.tcb.set_mc_priority.bounds_what_the_thread_may_give")
{
    COVERS("TCBSetMCPriority.0");
    const seL4_CPtr authority = tcb_new(), tcb = tcb_new();

    OK(seL4_TCB_SetMCPriority(authority, OWN_TCB, 70));
    OK(seL4_TCB_SetPriority(tcb, authority, 70));
    OK(seL4_TCB_SetMCPriority(tcb, authority, 70));
    CHECK_REPLY(INVOKE(tcb_new(), TCBSetPriority, WORDS(71), CAPS(tcb)), RANGE_ERROR(0, 70));
}

/* The bound of the authority counts, not its priority nor the target's. */
TEST("kernel.tcb.set_priority.authority_alone_counts")
{
    const seL4_CPtr authority = tcb_new(), tcb = tcb_new();

    OK(seL4_TCB_SetMCPriority(authority, OWN_TCB, 200));
    OK(seL4_TCB_SetPriority(tcb, authority, 200));
    OK(seL4_TCB_SetMCPriority(authority, OWN_TCB, 10));
    OK(seL4_TCB_SetPriority(tcb, authority, 10));
}

TEST("kernel.tcb.set_sched_params.sets_everything")
{
    COVERS("TCBSetSchedParams.0");
    COVERS("TCBSetTimeoutEndpoint.0");
    const seL4_CPtr tcb = tcb_new(), sc = sc_new(), endpoint = endpoint_new();

    CHECK_REPLY(INVOKE(tcb, TCBSetSchedParams, WORDS(20, 30), CAPS(OWN_TCB, sc, endpoint)),
                SUCCESS());
    CHECK_REPLY(INVOKE(tcb_new(), TCBSetPriority, WORDS(21), CAPS(tcb)), RANGE_ERROR(0, 20));
    CHECK_REPLY(INVOKE(sc, SchedContextBind, WORDS(), CAPS(tcb_new())), ILLEGAL_OPERATION);
    /* The same one again is no change; none takes it away. */
    CHECK_REPLY(INVOKE(tcb, TCBSetSchedParams, WORDS(20, 30), CAPS(OWN_TCB, sc, NOTHING)),
                SUCCESS());
    CHECK_REPLY(INVOKE(tcb, TCBSetSchedParams, WORDS(20, 30), CAPS(OWN_TCB, NOTHING, NOTHING)),
                SUCCESS());
    CHECK_REPLY(INVOKE(sc, SchedContextBind, WORDS(), CAPS(tcb_new())), SUCCESS());
    CHECK_REPLY(INVOKE(tcb, TCBSetTimeoutEndpoint, WORDS(), CAPS(endpoint)), SUCCESS());
    CHECK_REPLY(INVOKE(tcb, TCBSetTimeoutEndpoint, WORDS(), CAPS(NOTHING)), SUCCESS());
}

/* ---- states ---- */

static void suspend_self(void *argument)
{
    volatile unsigned *steps = argument;
    const seL4_CPtr tcb = steps[1];

    steps[0] = 1;
    (void)seL4_TCB_Suspend(tcb);
    steps[0] = 2;
}

TEST("kernel.tcb.suspend.self_continues_behind_the_call")
{
    volatile unsigned steps[2] = {0, 0};
    struct thread *thread = thread_at(PRIORITY);

    steps[1] = (unsigned)thread->tcb;
    thread_start_at(thread, suspend_self, (void *)(uintptr_t)steps);
    settle();
    CHECK_EQUAL(steps[0], 1);
    OK(seL4_TCB_Resume(thread->tcb));
    thread_wait(thread);
    CHECK_EQUAL(steps[0], 2);
}

static void count(void *argument)
{
    volatile unsigned long *counter = argument;

    for (;;) {
        ++*counter;
    }
}

TEST("kernel.tcb.suspend.running_thread")
{
    volatile unsigned long counter = 0;
    unsigned long seen;
    struct thread *thread = thread_run(PRIORITY, count, (void *)(uintptr_t)&counter);

    sleep_us(500);
    OK(seL4_TCB_Suspend(thread->tcb));
    seen = counter;
    CHECK(seen > 0);
    sleep_us(500);
    CHECK_EQUAL(counter, seen);
    OK(seL4_TCB_Resume(thread->tcb));
    sleep_us(500);
    CHECK(counter > seen);
}

TEST("kernel.tcb.suspend.twice")
{
    const seL4_CPtr tcb = tcb_new();

    OK(seL4_TCB_Suspend(tcb));
    OK(seL4_TCB_Suspend(tcb));
}

TEST("kernel.tcb.resume.running_thread_is_unchanged")
{
    volatile unsigned long counter = 0;
    unsigned long seen;
    struct thread *thread = thread_run(PRIORITY, count, (void *)(uintptr_t)&counter);

    sleep_us(500);
    seen = counter;
    OK(seL4_TCB_Resume(thread->tcb));
    sleep_us(500);
    CHECK(counter > seen);
}

TEST("kernel.tcb.resume.without_scheduling_context")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .passive = true});

    thread_start_at(thread, ipc_once, &send);
    settle();
    CHECK_EQUAL(send.done, 0);
    OK(seL4_SchedContext_Bind(sc_new_with(1000, 1000), thread->tcb));
    thread_wait(thread);
}

TEST("kernel.tcb.resume.sc_without_configuration")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    const seL4_CPtr sc = sc_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .passive = true});

    OK(seL4_SchedContext_Bind(sc, thread->tcb));
    thread_start_at(thread, ipc_once, &send);
    settle();
    CHECK_EQUAL(send.done, 0);
    OK(seL4_SchedControl_ConfigureFlags(boot->schedcontrol.start, sc, 1000, 1000, 0, 0, 0));
    thread_wait(thread);
}

static void delete_self(void *argument)
{
    volatile seL4_Word *words = argument;

    words[0] = 1;
    (void)seL4_CNode_Delete(OWN_CNODE, words[1], DEPTH);
    words[0] = 2;
}

TEST("kernel.tcb.delete.self_never_returns")
{
    volatile seL4_Word words[2] = {0, 0};
    struct thread *thread = thread_at(PRIORITY);

    words[1] = thread->tcb;
    thread_start_at(thread, delete_self, (void *)(uintptr_t)words);
    settle();
    CHECK_EQUAL(words[0], 1);
    CHECK(slot_is_empty(thread->tcb));
}

TEST("kernel.tcb.delete.frees_its_bindings")
{
    struct thread *thread = thread_at(PRIORITY);
    const seL4_CPtr notification = notification_new();

    OK(seL4_TCB_BindNotification(thread->tcb, notification));
    cap_delete(thread->tcb);
    OK(seL4_TCB_BindNotification(tcb_new(), notification));
    OK(seL4_SchedContext_Bind(thread->sc, tcb_new()));
}

TEST("kernel.tcb.delete.own_vspace")
{
    const seL4_CPtr untyped = untyped_new(seL4_VSpaceBits), vspace = slot_new();
    const seL4_CPtr faults = endpoint_new();
    struct ipc call = {.number = seL4_SysCall,
                       .cap = OWN_CNODE,
                       .label = CNodeRevoke,
                       .message = {WORDS(untyped, DEPTH)}};
    struct thread *thread;

    OK(seL4_Untyped_Retype(untyped, seL4_X64_PML4Object, 0, OWN_CNODE, 0, 0, vspace, 1));
    OK(seL4_X86_ASIDPool_Assign(OWN_POOL, vspace));
    image_map(vspace);
    thread = thread_new(
        (struct thread_options){.priority = PRIORITY, .faults = faults, .vspace = vspace});
    thread_start_at(thread, ipc_once, &call);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysRecv, faults, reply_new()).label, seL4_Fault_VMFault);
}

TEST("kernel.tcb.other_address_space")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = endpoint_new()};
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .vspace = vspace_with_image()});

    thread_start_at(thread, ipc_once, &send);
    thread_wait(thread);
    CHECK_EQUAL(send.done, 1);
}
