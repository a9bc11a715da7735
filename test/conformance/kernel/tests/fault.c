// SPDX-License-Identifier: BSD-2-Clause
/* Every kind of fault: its message, what each answer does, and handlers that look and write. */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/processor.h>
#include <harness/raw.h>
#include <harness/suite.h>

#define RECV ((seL4_Word)seL4_SysRecv)
#define SEND ((seL4_Word)seL4_SysSend)

enum { SYSCALL_BYTES = 2, UD2_BYTES = 2, UNKNOWN_CALL = 0x1234 };
enum { INVALID_OPCODE = 6, PROTECTION = 13, DIVIDE = 0, BREAKPOINT = 3 };

/* ---- system calls that do not exist ---- */

static struct raw sent, seen;

static void unknown_call(void *argument)
{
    (void)argument;
    seen = sent;
    raw_syscall(&seen);
}

static void fill(struct raw *registers, uint64_t base)
{
    uint64_t *words = (uint64_t *)registers;

    for (unsigned i = 0; i < sizeof(*registers) / sizeof(uint64_t); i++) {
        words[i] = base + i;
    }
    registers->rdx = UNKNOWN_CALL;
}

TEST_PATHS("kernel.fault.unknown_syscall.message")
{
    struct faulter f = faulter_new();
    struct reply m;

    fill(&sent, 0xabc000);
    m = faulter_run(&f, unknown_call);
    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(m.length, seL4_UnknownSyscall_Length);
    CHECK_EQUAL(m.extra_caps, 0);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RAX], sent.rax);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RBX], sent.rbx);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RDX], UNKNOWN_CALL);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RSI], sent.rsi);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RDI], sent.rdi);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RBP], sent.rbp);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R8], sent.r8);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R9], sent.r9);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R10], sent.r10);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R12], sent.r12);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R13], sent.r13);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R14], sent.r14);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R15], sent.r15);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_FaultIP], (uintptr_t)raw_instruction);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_Syscall], UNKNOWN_CALL);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_FLAGS] & 0x202, 0x202);
}

/* The genuine kernel tells a stale stack pointer here; ours tells the live one. */
TEST_PATHS("kernel.fault.unknown_syscall.live_stack_pointer")
{
    struct faulter f = faulter_new();
    struct reply m;

    fill(&sent, 0xabc000);
    m = faulter_run(&f, unknown_call);
    if (m.mr[seL4_UnknownSyscall_SP] != raw_stack) {
        skip("this kernel does not save the stack pointer in `syscall`");
    }
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RCX], (uintptr_t)raw_instruction + SYSCALL_BYTES);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_R11], m.mr[seL4_UnknownSyscall_FLAGS]);
}

TEST_PATHS("kernel.fault.unknown_syscall.reply_writes_registers")
{
    struct faulter f = faulter_new();
    struct message words = {.count = 18};

    fill(&sent, 0xabc000);
    (void)faulter_run(&f, unknown_call);
    for (unsigned i = 0; i < 15; i++) {
        words.words[i] = 0x99000 + i;
    }
    words.words[seL4_UnknownSyscall_FaultIP] = (uintptr_t)raw_instruction + SYSCALL_BYTES;
    words.words[seL4_UnknownSyscall_SP] = 0x4440;
    words.words[seL4_UnknownSyscall_FLAGS] = 0x202;
    faulter_answer(&f, 0, words);
    thread_wait(f.thread);
    CHECK_EQUAL(seen.rax, 0x99000);
    CHECK_EQUAL(seen.rbx, 0x99001);
    CHECK_EQUAL(seen.rcx, 0x99002);
    CHECK_EQUAL(seen.rdx, 0x99003);
    CHECK_EQUAL(seen.rsi, 0x99004);
    CHECK_EQUAL(seen.rdi, 0x99005);
    CHECK_EQUAL(seen.rbp, 0x99006);
    CHECK_EQUAL(seen.r8, 0x99007);
    CHECK_EQUAL(seen.r9, 0x99008);
    CHECK_EQUAL(seen.r10, 0x99009);
    CHECK_EQUAL(seen.r11, 0x9900a);
    CHECK_EQUAL(seen.r12, 0x9900b);
    CHECK_EQUAL(seen.r13, 0x9900c);
    CHECK_EQUAL(seen.r14, 0x9900d);
    CHECK_EQUAL(seen.r15, 0x9900e);
    CHECK_EQUAL(seen.rsp, 0x4440);
}

/* Only as many words as were sent; without the address it tries again. */
TEST_PATHS("kernel.fault.unknown_syscall.short_reply_repeats")
{
    struct faulter f = faulter_new();
    struct reply m;

    fill(&sent, 0xabc000);
    (void)faulter_run(&f, unknown_call);
    faulter_answer(&f, 0, (struct message){WORDS(0x111, 0x222)});
    m = faulter_next(&f);
    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RAX], 0x111);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RBX], 0x222);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_RSI], sent.rsi);
}

TEST_PATHS("kernel.fault.unknown_syscall.label_stops_the_thread")
{
    struct faulter f = faulter_new();

    fill(&sent, 0xabc000);
    (void)faulter_run(&f, unknown_call);
    faulter_answer(&f, 1, (struct message){WORDS(0x111)});
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, f.endpoint, f.reply).badge, 0);
    CHECK_EQUAL(thread_registers(f.thread).rax, 0x111); /* written all the same */
}

TEST_PATHS("kernel.fault.unknown_syscall.flags_and_address_are_sanitised")
{
    struct faulter f = faulter_new();
    struct message words = {.count = 18};

    fill(&sent, 0xabc000);
    (void)faulter_run(&f, unknown_call);
    words.words[seL4_UnknownSyscall_FaultIP] = 0x0000900000000000; /* not canonical */
    words.words[seL4_UnknownSyscall_FLAGS] = ~0ull;
    faulter_answer(&f, 1, words);
    CHECK_EQUAL(thread_registers(f.thread).rip, 0);
    CHECK_EQUAL(thread_registers(f.thread).rflags, 0xed7);
}

TEST_PATHS("kernel.fault.unknown_syscall.numbers")
{
    static const long numbers[] = {
        0, 1, 39, -14 - 100, -34, -1000, 1l << 32, -1l - (1l << 32), (long)(1ul << 63)};
    struct faulter f = faulter_new();

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        fill(&sent, 0x1000);
        sent.rdx = (uint64_t)numbers[i];
        CHECK_EQUAL(faulter_run(&f, unknown_call).mr[seL4_UnknownSyscall_Syscall], numbers[i]);
    }
}

static void interrupt_a0(void *argument)
{
    (void)argument;
    __asm__ volatile("int $0xa0" : : "a"(0x11223344));
}

TEST_PATHS("kernel.fault.unknown_syscall.by_int")
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, interrupt_a0);

    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall);
    CHECK_EQUAL(m.mr[seL4_UnknownSyscall_Syscall], (seL4_Word)(int)0xa0223344);
    CHECK_EQUAL(*(const uint16_t *)m.mr[seL4_UnknownSyscall_FaultIP], 0xa0cd);
    faulter_answer(&f, 0, (struct message){WORDS()});
    CHECK_EQUAL(faulter_next(&f).label, seL4_Fault_UnknownSyscall);
}

static void interrupt_80(void *argument)
{
    (void)argument;
    __asm__ volatile("int $0x80");
}

static void interrupt_ff(void *argument)
{
    (void)argument;
    __asm__ volatile("int $0xff");
}

TEST_PATHS("kernel.fault.int_without_gate")
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, interrupt_80);

    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], PROTECTION);
    CHECK_EQUAL(m.mr[seL4_UserException_Code] & 7, 2); /* emulators disagree on the rest */
}

TEST_PATHS("kernel.fault.int_255_is_ignored")
{
    struct thread *thread = thread_run(PRIORITY, interrupt_ff, NULL);

    thread_wait(thread);
}

/* ---- exceptions ---- */

static void invalid_opcode(void *argument)
{
    (void)argument;
    __asm__ volatile("ud2");
}

static void divide(void *argument)
{
    (void)argument;
    __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : : "eax", "ecx", "edx");
}

static void halt(void *argument)
{
    (void)argument;
    __asm__ volatile("hlt");
}

static void check_exception(void (*run)(void *), seL4_Word number, seL4_Word code)
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, run);

    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.length, seL4_UserException_Length);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], number);
    CHECK_EQUAL(m.mr[seL4_UserException_Code], code);
    CHECK(m.mr[seL4_UserException_FaultIP] >= (uintptr_t)run);
    CHECK(m.mr[seL4_UserException_FaultIP] < (uintptr_t)run + 32);
    CHECK(m.mr[seL4_UserException_SP] > (uintptr_t)f.thread->stack);
    CHECK(m.mr[seL4_UserException_SP] < (uintptr_t)f.thread->stack + 8192);
    CHECK_EQUAL(m.mr[seL4_UserException_FLAGS] & 0x202, 0x202);
}

TEST_PATHS("kernel.fault.user_exception.invalid_opcode")
{
    check_exception(invalid_opcode, INVALID_OPCODE, 0);
}

TEST_PATHS("kernel.fault.user_exception.divide")
{
    check_exception(divide, DIVIDE, 0);
}

TEST_PATHS("kernel.fault.user_exception.privileged")
{
    check_exception(halt, PROTECTION, 0);
}

static void load_far(void *argument)
{
    (void)argument;
    __asm__ volatile("movq (%0), %%rax" : : "r"(0x0000900000000000ull) : "rax");
}

TEST_PATHS("kernel.fault.user_exception.non_canonical_load")
{
    check_exception(load_far, PROTECTION, 0);
}

static void skipped_opcode(void *argument)
{
    volatile seL4_Word *flag = argument;

    *flag = 1;
    __asm__ volatile("ud2" : : : "memory");
    *flag = 2;
}

TEST_PATHS("kernel.fault.user_exception.reply_moves_on")
{
    volatile seL4_Word flag = 0;
    struct faulter f = faulter_new();
    struct reply m;

    f.argument = (void *)(uintptr_t)&flag;
    m = faulter_run(&f, skipped_opcode);
    faulter_answer(&f, 0, (struct message){WORDS(m.mr[0] + UD2_BYTES, m.mr[1], m.mr[2])});
    thread_wait(f.thread);
    CHECK_EQUAL(flag, 2);
}

TEST_PATHS("kernel.fault.user_exception.empty_reply_repeats")
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, invalid_opcode);

    faulter_answer(&f, 0, (struct message){WORDS()});
    CHECK_EQUAL(faulter_next(&f).mr[0], m.mr[0]);
}

TEST_PATHS("kernel.fault.user_exception.label_stops_the_thread")
{
    struct faulter f = faulter_new();

    (void)faulter_run(&f, invalid_opcode);
    faulter_answer(&f, 7, (struct message){WORDS(0x5000, 0x6000)});
    settle();
    CHECK_EQUAL(thread_registers(f.thread).rip, 0x5000);
    CHECK_EQUAL(thread_registers(f.thread).rsp, 0x6000);
}

/* Words behind the third are no registers. */
TEST_PATHS("kernel.fault.user_exception.reply_takes_three_words")
{
    struct faulter f = faulter_new();

    (void)faulter_run(&f, invalid_opcode);
    faulter_answer(&f, 7, (struct message){WORDS(0x5000, 0x6000, 0x3, 0x77, 0x88)});
    CHECK_EQUAL(thread_registers(f.thread).rflags, 0x203);
}

static void breakpoint(void *argument)
{
    (void)argument;
    __asm__ volatile("int3");
}

#ifndef CONFIG_HARDWARE_DEBUG_API
TEST_PATHS("kernel.fault.user_exception.breakpoint")
{
    check_exception(breakpoint, BREAKPOINT, 0);
}
#else
TEST_PATHS("kernel.fault.debug_exception.software_break")
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, breakpoint);

    CHECK_EQUAL(m.label, seL4_Fault_DebugException);
    CHECK_EQUAL(m.length, 2);
    CHECK_EQUAL(m.mr[seL4_DebugException_ExceptionReason], seL4_SoftwareBreakRequest);
    CHECK_EQUAL(*(const uint8_t *)(m.mr[seL4_DebugException_FaultIP] - 1), 0xcc);
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
}

TEST_PATHS("kernel.fault.debug_exception.label_stops_the_thread")
{
    struct faulter f = faulter_new();

    (void)faulter_run(&f, breakpoint);
    faulter_answer(&f, 1, (struct message){WORDS()});
    settle();
    CHECK_EQUAL(f.thread->finished, false);
    OK(seL4_TCB_Resume(f.thread->tcb));
    thread_wait(f.thread);
}
#endif

static void break_late(void *budget_us)
{
    seL4_Yield(); /* a new slice begins */
    spin_us((uintptr_t)budget_us - 8);
    __asm__ volatile("int3");
}

/* It is told even when no time is left: repeating what has happened cannot tell it later. */
TEST("kernel.fault.break_at_the_end_of_the_budget")
{
    enum { BUDGET_US = 1000 };
    struct faulter f = faulter_new();
    struct reply m;

    OK(seL4_SchedControl_ConfigureFlags(boot->schedcontrol.start, f.thread->sc, BUDGET_US,
                                        BUDGET_US, 0, 0, 0));
    OK(seL4_TCB_SetTimeoutEndpoint(f.thread->tcb, badged(f.endpoint, f.badge)));
    f.argument = (void *)BUDGET_US;
    m = faulter_run(&f, break_late);
    CHECK(m.label != seL4_Fault_UnknownSyscall); /* that would be its end */
    CHECK_EQUAL(*(const uint8_t *)(m.mr[0] - 1), 0xcc);
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread); /* no timeout: its slice is over, and the next one begins */
}

/* ---- memory ---- */

#define NOWHERE (FREE_ADDRESS + 0x123000)

static void load(void *argument)
{
    (void)*(const volatile char *)argument;
}

static void store(void *argument)
{
    *(volatile char *)argument = 1;
}

static void jump(void *argument)
{
    ((void (*)(void))argument)();
}

static struct reply memory_fault(struct faulter *f, void (*run)(void *), uintptr_t address)
{
    struct reply m;

    *f = faulter_new();
    f->argument = (void *)address;
    m = faulter_run(f, run);
    CHECK_EQUAL(m.label, seL4_Fault_VMFault);
    CHECK_EQUAL(m.length, seL4_VMFault_Length);
    CHECK_EQUAL(m.mr[seL4_VMFault_Addr], address);
    return m;
}

TEST_PATHS("kernel.fault.vm_fault.read")
{
    struct faulter f;
    const struct reply m = memory_fault(&f, load, NOWHERE + 5);

    CHECK_EQUAL(m.mr[seL4_VMFault_PrefetchFault], 0);
    CHECK_EQUAL(m.mr[seL4_VMFault_FSR], 4);
    CHECK(m.mr[seL4_VMFault_IP] >= (uintptr_t)load && m.mr[seL4_VMFault_IP] < (uintptr_t)load + 16);
}

TEST_PATHS("kernel.fault.vm_fault.write")
{
    struct faulter f;

    CHECK_EQUAL(memory_fault(&f, store, NOWHERE).mr[seL4_VMFault_FSR], 6);
}

TEST_PATHS("kernel.fault.vm_fault.kernel_address")
{
    struct faulter f;
    const struct reply m = memory_fault(&f, load, 0xffffffff80100000);

    CHECK_EQUAL(m.mr[seL4_VMFault_FSR] & 6, 4);
}

TEST_PATHS("kernel.fault.vm_fault.write_to_read_only")
{
    const seL4_CPtr frame = frame_new();
    struct faulter f;

    tables_map(OWN_VSPACE, NOWHERE);
    OK(seL4_X86_Page_Map(frame, OWN_VSPACE, NOWHERE, seL4_CanRead, 0));
    CHECK_EQUAL(memory_fault(&f, store, NOWHERE + 8).mr[seL4_VMFault_FSR], 7);
}

/* The fetch bit shows only on processors with SMEP. */
TEST_PATHS("kernel.fault.vm_fault.fetch")
{
    struct faulter f;
    const struct reply m = memory_fault(&f, jump, NOWHERE);
    const seL4_Word fetch = m.mr[seL4_VMFault_PrefetchFault];

    CHECK_EQUAL(m.mr[seL4_VMFault_IP], NOWHERE);
    CHECK_EQUAL(fetch, has_smep());
    CHECK_EQUAL(m.mr[seL4_VMFault_FSR], fetch ? 0x14 : 4);
}

TEST_PATHS("kernel.fault.vm_fault.reply_repeats_whatever_it_says")
{
    for (seL4_Word label = 0; label < 2; label++) {
        const uintptr_t address = NOWHERE + label * PAGE_BYTES;
        struct faulter f;

        (void)memory_fault(&f, store, address);
        faulter_answer(&f, label, (struct message){WORDS(1, 2, 3)});
        CHECK_EQUAL(faulter_next(&f).mr[seL4_VMFault_Addr], address);
        page_map(OWN_VSPACE, address);
        faulter_answer(&f, label, (struct message){WORDS()});
        thread_wait(f.thread);
        CHECK_EQUAL(*(const volatile char *)address, 1);
    }
}

/* ---- capabilities ---- */

static struct reply cap_fault(struct faulter *f, struct ipc *ipc)
{
    struct reply m;

    *f = faulter_new();
    f->argument = ipc;
    m = faulter_run(f, ipc_once);
    CHECK_EQUAL(m.label, seL4_Fault_CapFault);
    return m;
}

TEST_PATHS("kernel.fault.cap_fault.guard_mismatch")
{
    const seL4_Word guard_bits = 64 - boot->initThreadCNodeSizeBits;
    struct ipc call = {.number = seL4_SysCall, .cap = 1ull << 40};
    struct faulter f;
    const struct reply m = cap_fault(&f, &call);

    CHECK_EQUAL(m.length, 7);
    CHECK_EQUAL(m.mr[seL4_CapFault_Addr], 1ull << 40);
    CHECK_EQUAL(m.mr[seL4_CapFault_InRecvPhase], 0);
    CHECK_EQUAL(m.mr[seL4_CapFault_LookupFailureType], seL4_GuardMismatch);
    CHECK_EQUAL(m.mr[seL4_CapFault_BitsLeft], 64);
    CHECK_EQUAL(m.mr[seL4_CapFault_GuardMismatch_GuardFound], 0);
    CHECK_EQUAL(m.mr[seL4_CapFault_GuardMismatch_BitsFound], guard_bits);
    CHECK_EQUAL(*(const uint16_t *)m.mr[seL4_CapFault_IP], 0x050f);
}

TEST_PATHS("kernel.fault.cap_fault.missing_in_receive")
{
    struct ipc recv = {.number = seL4_SysRecv, .cap = NOTHING};
    struct faulter f;
    const struct reply m = cap_fault(&f, &recv);

    CHECK_EQUAL(m.length, 5);
    CHECK_EQUAL(m.mr[seL4_CapFault_InRecvPhase], 1);
    CHECK_EQUAL(m.mr[seL4_CapFault_LookupFailureType], seL4_MissingCapability);
    CHECK_EQUAL(m.mr[seL4_CapFault_BitsLeft], 0);
}

TEST_PATHS("kernel.fault.cap_fault.extra_capability")
{
    struct ipc call = {.number = seL4_SysCall,
                       .cap = tcb_new(),
                       .label = TCBSetTimeoutEndpoint,
                       .message = {CAPS(1ull << 33)}};
    struct faulter f;
    const struct reply m = cap_fault(&f, &call);

    CHECK_EQUAL(m.mr[seL4_CapFault_Addr], 1ull << 33);
    CHECK_EQUAL(m.mr[seL4_CapFault_InRecvPhase], 0);
}

/* For the calls that never block there is no fault. */
TEST_PATHS("kernel.fault.cap_fault.not_by_nbsend")
{
    struct ipc send = {.number = seL4_SysNBSend, .cap = 1ull << 40};
    struct ipc extra = {.number = seL4_SysNBSend, .cap = OWN_TCB, .message = {CAPS(1ull << 40)}};

    thread_wait(ipc_thread(PRIORITY, &send));
    thread_wait(ipc_thread(PRIORITY, &extra));
}

/* The answer's words are ignored; the call is made again, and now there is something. */
TEST_PATHS("kernel.fault.cap_fault.reply_repeats_the_call")
{
    const seL4_CPtr slot = slot_new(), notification = notification_new();
    struct ipc wait = {.number = seL4_SysWait, .cap = slot};
    struct faulter f;

    (void)cap_fault(&f, &wait);
    OK(seL4_CNode_Copy(OWN_CNODE, slot, DEPTH, OWN_CNODE, notification, DEPTH, seL4_AllRights));
    signal_to(badged(notification, 3));
    faulter_answer(&f, 1, (struct message){WORDS(1, 2, 3)});
    thread_wait(f.thread);
    CHECK_EQUAL(wait.result.badge, 3);
}

/* ---- delivery ---- */

TEST_PATHS("kernel.fault.badge_of_the_handler_capability")
{
    struct faulter f = faulter_new();

    CHECK_EQUAL(faulter_run(&f, invalid_opcode).badge, f.badge);
}

TEST_PATHS("kernel.fault.without_handler_the_thread_stops")
{
    struct thread *thread = thread_at(PRIORITY);

    OK(seL4_TCB_SetSchedParams(thread->tcb, OWN_TCB, 255, PRIORITY, thread->sc, NOTHING));
    thread_start_at(thread, invalid_opcode, NULL);
    settle();
    CHECK_EQUAL(thread_registers(thread).rip & ~31ull, (uintptr_t)invalid_opcode & ~31ull);
    OK(seL4_TCB_Resume(thread->tcb));
    settle();
}

TEST_PATHS("kernel.fault.handler_deleted")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = endpoint});

    cap_delete(endpoint); /* the thread's own copy is one more capability */
    thread_start_at(thread, invalid_opcode, NULL);
    settle();
    OK(seL4_TCB_Suspend(thread->tcb));
}

TEST_PATHS("kernel.fault.handler_revoked")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = endpoint});

    cap_revoke(endpoint);
    thread_start_at(thread, invalid_opcode, NULL);
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, endpoint, reply_new()).badge, 0);
}

/* With grantReply instead of grant it is good enough. */
TEST_PATHS("kernel.fault.handler_with_grant_reply")
{
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *thread = thread_new((struct thread_options){
        .priority = PRIORITY, .faults = with_rights(endpoint, seL4_CapRights_new(1, 0, 0, 1))});

    thread_start_at(thread, breakpoint, NULL);
    (void)receive(RECV, endpoint, reply);
    invoke_by_send(SEND, reply, 0, (struct message){WORDS()});
}

TEST_PATHS("kernel.fault.handler_without_reply_object_stops_the_thread")
{
    const seL4_CPtr endpoint = endpoint_new();
    struct thread *thread =
        thread_new((struct thread_options){.priority = PRIORITY, .faults = endpoint});

    thread_start_at(thread, invalid_opcode, NULL);
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).label,
                seL4_Fault_UserException);
    OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQUAL(receive((seL4_Word)seL4_SysWait, endpoint, NOTHING).label,
                seL4_Fault_UserException);
}

/* ---- what a handler may do meanwhile ---- */

struct stop {
    void (*run)(void *);
    void *argument;
};

static void check_rescue(struct stop stop)
{
    volatile seL4_Word flag = 0;
    struct faulter f = faulter_new();
    seL4_UserContext registers;

    f.argument = stop.argument;
    (void)faulter_run(&f, stop.run);
    registers = thread_registers(f.thread);
    CHECK(registers.rip != 0);
    thread_prepare(f.thread, store, (void *)(uintptr_t)&flag); /* WriteRegisters */
    CHECK_EQUAL(flag, 0);
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
    CHECK_EQUAL(flag, 1);
}

static struct ipc bad_call = {.number = seL4_SysCall, .cap = 1ull << 40};

/* Registers can be read and replaced while the thread waits for its handler's answer. */
TEST_PATHS("kernel.fault.registers_while_waiting")
{
    check_rescue((struct stop){unknown_call, NULL});
    check_rescue((struct stop){invalid_opcode, NULL});
    check_rescue((struct stop){load, (void *)NOWHERE});
    check_rescue((struct stop){ipc_once, &bad_call});
}

/* Resume instead of an answer: the fault is cancelled and happens again. */
TEST_PATHS("kernel.fault.resumed_instead_of_answered")
{
    static const struct stop stops[] = {{unknown_call, NULL},
                                        {invalid_opcode, NULL},
                                        {load, (void *)NOWHERE},
                                        {ipc_once, &bad_call}};

    for (unsigned i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        struct faulter f = faulter_new();
        struct reply first;

        f.argument = stops[i].argument;
        first = faulter_run(&f, stops[i].run);
        OK(seL4_TCB_Resume(f.thread->tcb));
        faulter_answer(&f, 0, (struct message){WORDS()});
        CHECK_EQUAL(faulter_next(&f).label, first.label);
    }
}

TEST_PATHS("kernel.fault.suspended_before_the_answer")
{
    struct faulter f = faulter_new();

    (void)faulter_run(&f, invalid_opcode);
    OK(seL4_TCB_Suspend(f.thread->tcb));
    faulter_answer(&f, 0, (struct message){WORDS(0, 0, 0)});
    settle();
    CHECK(thread_registers(f.thread).rip != 0); /* the answer wrote nothing */
}

/* A passive handler runs on the context of the thread that faulted. */
static void handle_passively(void *argument)
{
    struct ipc *ipc = argument;
    const struct reply fault = receive(RECV, ipc->cap, ipc->reply);

    ipc->done++;
    (void)exchange((seL4_Word)seL4_SysReplyRecv, NOTHING, 0,
                   (struct message){WORDS(fault.mr[0] + UD2_BYTES)}, ipc->cap, ipc->reply);
    ipc->done++; /* the thread's end */
    seL4_Wait(ipc->dest, NULL);
}

TEST_PATHS("kernel.fault.passive_handler")
{
    volatile seL4_Word flag = 0;
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new(), .dest = notification_new()};
    struct thread *handler = thread_run(PRIORITY + 1, handle_passively, &serve);
    struct thread *thread;

    settle();
    thread_make_passive(handler);
    thread = thread_new((struct thread_options){.priority = PRIORITY, .faults = serve.cap});
    thread_start_at(thread, skipped_opcode, (void *)(uintptr_t)&flag);
    settle();
    CHECK_EQUAL(flag, 2);
    CHECK_EQUAL(serve.done, 2);
}
