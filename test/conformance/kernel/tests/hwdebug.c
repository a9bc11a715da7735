// SPDX-License-Identifier: BSD-2-Clause
/* Hardware breakpoints and single stepping, in profiles that have them. */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/suite.h>

#ifdef CONFIG_HARDWARE_DEBUG_API

enum { DATA = seL4_DataBreakpoint, CODE = seL4_InstructionBreakpoint };
enum { READ = seL4_BreakOnRead, WRITE = seL4_BreakOnWrite, ACCESS = seL4_BreakOnReadWrite };

#define USER_TOP 0x7fffffffffffull

static struct reply set(seL4_CPtr tcb, seL4_Word number, seL4_Word address, seL4_Word type,
                        seL4_Word size, seL4_Word rw)
{
    return INVOKE(tcb, TCBSetBreakpoint, WORDS(number, address, type, size, rw));
}

/* ---- refusals ---- */

REFUSED("kernel.breakpoint.set.kernel_address", TCBSetBreakpoint, 1, INVALID_ARGUMENT(1))
{
    return set(tcb_new(), 9, USER_TOP, 2, 3, 3);
}

REFUSED("kernel.breakpoint.set.type", TCBSetBreakpoint, 2, INVALID_ARGUMENT(2))
{
    return set(tcb_new(), 9, 0x1001, 2, 3, 3);
}

REFUSED("kernel.breakpoint.set.instruction_with_size", TCBSetBreakpoint, 3, INVALID_ARGUMENT(3))
{
    return set(tcb_new(), 9, 0x1001, CODE, 1, WRITE);
}

REFUSED("kernel.breakpoint.set.instruction_with_access", TCBSetBreakpoint, 4, INVALID_ARGUMENT(4))
{
    return set(tcb_new(), 9, 0x1001, CODE, 0, WRITE);
}

REFUSED("kernel.breakpoint.set.data_without_size", TCBSetBreakpoint, 6, INVALID_ARGUMENT(3))
{
    return set(tcb_new(), 9, 0x1001, DATA, 0, 3);
}

REFUSED("kernel.breakpoint.set.access", TCBSetBreakpoint, 8, INVALID_ARGUMENT(3))
{
    return set(tcb_new(), 9, 0x1001, DATA, 4, 3);
}

REFUSED("kernel.breakpoint.set.size", TCBSetBreakpoint, 9, INVALID_ARGUMENT(3))
{
    return set(tcb_new(), 9, 0x1001, DATA, 3, WRITE);
}

REFUSED("kernel.breakpoint.set.unaligned", TCBSetBreakpoint, 10, ALIGNMENT_ERROR)
{
    return set(tcb_new(), 9, 0x1001, DATA, 4, WRITE);
}

REFUSED("kernel.breakpoint.set.number", TCBSetBreakpoint, 11, RANGE_ERROR(0, 3))
{
    return set(tcb_new(), 4, 0x1000, DATA, 4, WRITE);
}

REFUSED("kernel.breakpoint.get.number", TCBGetBreakpoint, 1, RANGE_ERROR(0, 3))
{
    return INVOKE(tcb_new(), TCBGetBreakpoint, WORDS(4));
}

REFUSED("kernel.breakpoint.unset.number", TCBUnsetBreakpoint, 1, RANGE_ERROR(0, 3))
{
    return INVOKE(tcb_new(), TCBUnsetBreakpoint, WORDS(4));
}

TEST("kernel.breakpoint.set.eight_bytes")
{
    COVERS("TCBSetBreakpoint.12");
    const struct reply reply = set(tcb_new(), 0, 0x1000, DATA, 8, WRITE);

    if (reply.label == seL4_NoError) {
        skip("this processor can watch 8 bytes");
    }
    CHECK_REPLY(reply, INVALID_ARGUMENT(3));
}

/* The number has 16 bits; what is above them is ignored. */
TEST("kernel.breakpoint.set.number_has_sixteen_bits")
{
    CHECK_REPLY(set(tcb_new(), 0x10001, 0x1000, DATA, 4, WRITE), SUCCESS());
    CHECK_REPLY(set(tcb_new(), 0xffff, 0x1000, DATA, 4, WRITE), RANGE_ERROR(0, 3));
}

/* ---- what is set can be read back ---- */

TEST("kernel.breakpoint.get.what_was_set")
{
    COVERS("TCBSetBreakpoint.0");
    COVERS("TCBGetBreakpoint.0");
    COVERS("TCBUnsetBreakpoint.0");
    const seL4_CPtr tcb = tcb_new();

    CHECK_REPLY(set(tcb, 0, 0x401000, CODE, 0, 0), SUCCESS());
    CHECK_REPLY(set(tcb, 1, 0x402004, DATA, 4, WRITE), SUCCESS());
    CHECK_REPLY(set(tcb, 2, 0x402008, DATA, 2, ACCESS), SUCCESS());
    CHECK_REPLY(set(tcb, 3, 0x402009, DATA, 1, WRITE), SUCCESS());
    CHECK_REPLY(INVOKE(tcb, TCBGetBreakpoint, WORDS(0)), SUCCESS(0x401000, CODE, 0, 0, 1));
    CHECK_REPLY(INVOKE(tcb, TCBGetBreakpoint, WORDS(1)), SUCCESS(0x402004, DATA, 4, WRITE, 1));
    CHECK_REPLY(INVOKE(tcb, TCBGetBreakpoint, WORDS(2)), SUCCESS(0x402008, DATA, 2, ACCESS, 1));
    CHECK_REPLY(INVOKE(tcb, TCBGetBreakpoint, WORDS(3)), SUCCESS(0x402009, DATA, 1, WRITE, 1));
    CHECK_REPLY(INVOKE(tcb, TCBUnsetBreakpoint, WORDS(1)), SUCCESS());
    CHECK_EQUAL(INVOKE(tcb, TCBGetBreakpoint, WORDS(1)).mr[0], 0);
    CHECK_EQUAL(INVOKE(tcb, TCBGetBreakpoint, WORDS(1)).mr[4], 0);
    CHECK_REPLY(INVOKE(tcb, TCBGetBreakpoint, WORDS(2)), SUCCESS(0x402008, DATA, 2, ACCESS, 1));
}

TEST("kernel.breakpoint.get.fresh")
{
    const struct reply reply = INVOKE(tcb_new(), TCBGetBreakpoint, WORDS(2));

    CHECK_EQUAL(reply.label, seL4_NoError);
    CHECK_EQUAL(reply.length, 5);
    CHECK_EQUAL(reply.mr[0], 0);
    CHECK_EQUAL(reply.mr[4], 0);
}

/* ---- what they do ---- */

static volatile uint64_t watched[2];

static void touch(void *argument)
{
    (void)argument;
    watched[0] = watched[1];
}

extern const char breakpoint_target[];

static void pass_target(void *argument)
{
    (void)argument;
    __asm__ volatile(".global breakpoint_target\n"
                     "breakpoint_target: nop\n"
                     "nop\nnop\nnop");
}

TEST("kernel.breakpoint.instruction")
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, 2, (uintptr_t)breakpoint_target, CODE, 0, 0), SUCCESS());
    m = faulter_run(&f, pass_target);
    CHECK_EQUAL(m.label, seL4_Fault_DebugException);
    CHECK_EQUAL(m.length, 4);
    CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target);
    CHECK_EQUAL(m.mr[1], seL4_InstructionBreakpoint);
    CHECK_EQUAL(m.mr[2], (uintptr_t)breakpoint_target);
    CHECK_EQUAL(m.mr[3], 2);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBUnsetBreakpoint, WORDS(2)), SUCCESS());
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
}

static void check_watch(seL4_Word number, volatile uint64_t *word, seL4_Word rw)
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, number, (uintptr_t)word, DATA, 4, rw), SUCCESS());
    m = faulter_run(&f, touch);
    CHECK_EQUAL(m.label, seL4_Fault_DebugException);
    CHECK_EQUAL(m.mr[1], seL4_DataBreakpoint);
    CHECK_EQUAL(m.mr[2], (uintptr_t)word);
    CHECK_EQUAL(m.mr[3], number);
    faulter_answer(&f, 0, (struct message){WORDS()}); /* a trap: it goes on behind */
    thread_wait(f.thread);
}

TEST("kernel.breakpoint.data")
{
    check_watch(0, &watched[0], WRITE);
    check_watch(3, &watched[1], ACCESS);
}

TEST("kernel.breakpoint.write_only_ignores_reads")
{
    struct faulter f = faulter_new();

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)&watched[1], DATA, 4, WRITE), SUCCESS());
    CHECK_EQUAL(faulter_run(&f, touch).label, seL4_Fault_UnknownSyscall); /* its end */
}

TEST("kernel.breakpoint.belongs_to_one_thread")
{
    struct faulter f = faulter_new();
    struct thread *other = thread_at(PRIORITY);

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)&watched[0], DATA, 4, WRITE), SUCCESS());
    thread_start_at(other, touch, NULL);
    thread_wait(other);
    touch(NULL);
    CHECK_EQUAL(faulter_run(&f, touch).label, seL4_Fault_DebugException);
}

TEST("kernel.breakpoint.unset_is_silent")
{
    struct faulter f = faulter_new();

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)&watched[0], DATA, 4, WRITE), SUCCESS());
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBUnsetBreakpoint, WORDS(0)), SUCCESS());
    CHECK_EQUAL(faulter_run(&f, touch).label, seL4_Fault_UnknownSyscall);
}

/* ---- single stepping ---- */

static struct reply step(seL4_CPtr tcb, seL4_Word count)
{
    return INVOKE(tcb, TCBConfigureSingleStepping, WORDS(0, count));
}

TEST("kernel.single_step.configure")
{
    COVERS("TCBConfigureSingleStepping.0");
    const seL4_CPtr tcb = tcb_new();

    CHECK_REPLY(step(tcb, 1), SUCCESS(0));
    CHECK_REPLY(step(tcb, 0), SUCCESS(0));
}

/* From one no-operation to the next, each an instruction of one byte. */
TEST("kernel.single_step.each_instruction")
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)breakpoint_target, CODE, 0, 0), SUCCESS());
    (void)faulter_run(&f, pass_target);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBUnsetBreakpoint, WORDS(0)), SUCCESS());
    CHECK_REPLY(step(f.thread->tcb, 1), SUCCESS(0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    for (unsigned i = 1; i <= 2; i++) {
        m = faulter_next(&f);
        CHECK_EQUAL(m.label, seL4_Fault_DebugException);
        CHECK_EQUAL(m.length, 2);
        CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target + i);
        CHECK_EQUAL(m.mr[1], seL4_SingleStep);
        faulter_answer(&f, 0, (struct message){WORDS()}); /* no word: one more */
    }
    m = faulter_next(&f);
    CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target + 3);
    faulter_answer(&f, 0, (struct message){WORDS(0)}); /* enough */
    thread_wait(f.thread);
}

TEST("kernel.single_step.several_instructions")
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)breakpoint_target, CODE, 0, 0), SUCCESS());
    (void)faulter_run(&f, pass_target);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBUnsetBreakpoint, WORDS(0)), SUCCESS());
    CHECK_REPLY(step(f.thread->tcb, 2), SUCCESS(0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    m = faulter_next(&f);
    CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target + 2);
    faulter_answer(&f, 0, (struct message){WORDS(1)});
    m = faulter_next(&f);
    CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target + 3);
    faulter_answer(&f, 0, (struct message){WORDS(0)});
    thread_wait(f.thread);
}

TEST("kernel.single_step.label_stops_the_thread")
{
    struct faulter f = faulter_new();

    thread_prepare(f.thread, pass_target, NULL); /* writing registers may end stepping */
    CHECK_REPLY(step(f.thread->tcb, 1), SUCCESS(0));
    OK(seL4_TCB_Resume(f.thread->tcb));
    CHECK_EQUAL(faulter_next(&f).label, seL4_Fault_DebugException);
    faulter_answer(&f, 1, (struct message){WORDS(0)});
    settle();
    CHECK_EQUAL(receive((seL4_Word)seL4_SysNBRecv, f.endpoint, f.reply).badge, 0);
}

/* ---- more than once, and together ---- */

static volatile unsigned passes;

static void pass_target_thrice(void *argument)
{
    (void)argument;
    for (passes = 0; passes < 3; passes++) {
        __asm__ volatile(".global breakpoint_again\n"
                         "breakpoint_again: nop\n"
                         "nop");
    }
}

extern const char breakpoint_again[];

/* Each time the instruction is reached it is told once, though nobody takes the breakpoint away. */
TEST("kernel.breakpoint.instruction_each_time")
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)breakpoint_again, CODE, 0, 0), SUCCESS());
    m = faulter_run(&f, pass_target_thrice);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(m.label, seL4_Fault_DebugException);
        CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_again);
        CHECK_EQUAL(passes, i);
        faulter_answer(&f, 0, (struct message){WORDS()});
        m = faulter_next(&f);
    }
    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall); /* its end */
}

TEST("kernel.breakpoint.lowest_number_wins")
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, 3, (uintptr_t)&watched[0], DATA, 4, WRITE), SUCCESS());
    CHECK_REPLY(set(f.thread->tcb, 1, (uintptr_t)&watched[0], DATA, 4, ACCESS), SUCCESS());
    m = faulter_run(&f, touch);
    CHECK_EQUAL(m.mr[3], 1);
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
}

/* The kernel writes a message into a watched buffer: nobody is told. */
TEST("kernel.breakpoint.not_by_the_kernel")
{
    struct faulter f = faulter_new();
    struct ipc recv = {.number = seL4_SysWait, .cap = endpoint_new()};

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)&f.thread->buffer->msg[5], DATA, 4, ACCESS),
                SUCCESS());
    thread_start_at(f.thread, ipc_once, &recv);
    settle();
    invoke_by_send((seL4_Word)seL4_SysSend, recv.cap, 0,
                   (struct message){WORDS(1, 2, 3, 4, 5, 6, 7)});
    CHECK_EQUAL(faulter_next(&f).label, seL4_Fault_DebugException); /* the thread reads it */
    CHECK_EQUAL(recv.done, 0);
}

/* Resumed and not answered: it goes on, and a step later it is told again. */
TEST("kernel.single_step.resumed_instead_of_answered")
{
    struct faulter f = faulter_new();
    struct reply m;

    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)breakpoint_target, CODE, 0, 0), SUCCESS());
    (void)faulter_run(&f, pass_target);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBUnsetBreakpoint, WORDS(0)), SUCCESS());
    CHECK_REPLY(step(f.thread->tcb, 1), SUCCESS(0));
    OK(seL4_TCB_Resume(f.thread->tcb));
    m = faulter_next(&f);
    CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target + 1);
    OK(seL4_TCB_Resume(f.thread->tcb));
    m = faulter_next(&f);
    CHECK_EQUAL(m.mr[0], (uintptr_t)breakpoint_target + 2);
    CHECK_REPLY(step(f.thread->tcb, 0), SUCCESS(0));
    OK(seL4_TCB_Resume(f.thread->tcb));
    thread_wait(f.thread);
}

extern const char step_start[], step_end[];

/* Instructions of known length around two calls; the stack pointer survives them. */
static void step_over_calls(void *argument)
{
    __asm__ volatile(
        "movq %%rsp, %%rbx\n\t"
        ".global step_start\n"
        "step_start: nop\n\t"
        "movq %[yield], %%rdx\n\t"
        "syscall\n\t"
        "movq %[cap], %%rdi\n\t"
        "movq %[call], %%rdx\n\t"
        "xorl %%esi, %%esi\n\t"
        "syscall\n\t"
        "nop\n\t"
        ".global step_end\n"
        "step_end: movq %%rbx, %%rsp"
        :
        : [cap] "r"((seL4_Word)argument), [yield] "i"(seL4_SysYield), [call] "i"(seL4_SysCall)
        : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r15",
          "memory");
}

/* A system call is an instruction like any other, however long it takes and whoever runs then. */
TEST("kernel.single_step.over_system_calls")
{
    struct ipc serve = {.cap = endpoint_new(), .reply = reply_new()};
    struct faulter f = faulter_new();
    struct reply m;
    unsigned steps = 0;
    seL4_Word last;

    passive_server(PRIORITY + 1, &serve);
    CHECK_REPLY(set(f.thread->tcb, 0, (uintptr_t)step_start, CODE, 0, 0), SUCCESS());
    f.argument = (void *)serve.cap;
    m = faulter_run(&f, step_over_calls);
    CHECK_EQUAL(m.mr[0], (uintptr_t)step_start);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBUnsetBreakpoint, WORDS(0)), SUCCESS());
    CHECK_REPLY(step(f.thread->tcb, 1), SUCCESS(0));
    while (m.mr[0] != (uintptr_t)step_end && steps < 20) {
        last = m.mr[0];
        faulter_answer(&f, 0, (struct message){WORDS(1)});
        m = faulter_next(&f);
        CHECK_EQUAL(m.label, seL4_Fault_DebugException);
        CHECK_EQUAL(m.mr[1], seL4_SingleStep);
        CHECK(m.mr[0] > last && m.mr[0] - last <= 10);
        steps++;
    }
    CHECK_EQUAL(steps, 8);
    CHECK_EQUAL(serve.done, 1);
    faulter_answer(&f, 0, (struct message){WORDS(0)});
    thread_wait(f.thread);
}

#else

/* The labels belong to other methods in this profile; the type is what a thread answers to. */
TEST("kernel.breakpoint.not_in_this_profile")
{
    CHECK_EQUAL(TCBUnbindNotification + 1, TCBSetTLSBase);
}

#endif
