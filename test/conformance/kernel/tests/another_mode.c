// SPDX-License-Identifier: BSD-2-Clause
/* A return to virtual 8086 mode: processors refuse it, some emulators allow it to user code. */
#include <harness/fault.h>
#include <harness/suite.h>
#include <tiny/string.h>

enum {
    LOW_STACK = 0x2000,
    LOW_CODE = 0x2400,
    FLAGS_VM = 1 << 17,
    FLAGS_IOPL = 3 << 12,
    FLAGS_TF = 1 << 8
};

static void return_to_another_mode(void *argument)
{
    (void)argument;
    __asm__ volatile("movq %0, %%rsp\n\tmovl $0x5afe, %%edx\n\tiretl"
                     :
                     : "r"((uint64_t)LOW_STACK)
                     : "rdx");
}

/* Code for that mode at a place that this segment reaches, and for 64 bits where the same
 * instruction pointer leads to without one. Returns the fault. */
static struct reply try_another_mode(uint32_t segment, uint32_t flags, uint16_t there,
                                     uint16_t here)
{
    const uint32_t place = LOW_CODE - segment * 16;
    const uint32_t frame[9] = {place, segment, flags | FLAGS_VM | FLAGS_IOPL | 0x202, 0x1000};
    struct faulter f = faulter_new();

    page_map(OWN_VSPACE, LOW_STACK);
    memcpy((void *)(uintptr_t)LOW_STACK, frame, sizeof(frame));
    memcpy((void *)(uintptr_t)place, &here, sizeof(here));
    memcpy((void *)(uintptr_t)LOW_CODE, &there, sizeof(there));
    return faulter_run(&f, return_to_another_mode);
}

/* As processors do. */
static bool is_refused(const struct reply *m)
{
    return m->mr[0] - (uintptr_t)return_to_another_mode < 64;
}

enum { INVALID_OPCODE = 6, PROTECTION = 13 };
enum { UD2 = 0x0b0f, SPIN = 0xfeeb, IN_AL_DX = 0x90ec, SYSCALL = 0x050f };

TEST("kernel.fault.another_mode.exception")
{
    const struct reply m = try_another_mode(0, 0, UD2, UD2);

    if (!is_refused(&m)) {
        CHECK_EQUAL(m.label, seL4_Fault_UserException);
        CHECK_EQUAL(m.mr[seL4_UserException_Number], INVALID_OPCODE);
    }
}

/* The segment looks like the kernel's, and an interrupt comes: on with 64 bits. */
TEST("kernel.fault.another_mode.interrupt_with_kernel_segment")
{
    const struct reply m = try_another_mode(0x8, 0, SPIN, UD2);

    if (!is_refused(&m)) {
        CHECK_EQUAL(m.label, seL4_Fault_UserException);
        CHECK_EQUAL(m.mr[0], LOW_CODE - 0x80);
    }
}

/* The segment looks like user code's: it does not keep the right to use ports. */
TEST("kernel.fault.another_mode.interrupt_with_user_segment")
{
    const struct reply m = try_another_mode(0x23, 0, SPIN, IN_AL_DX);

    if (!is_refused(&m)) {
        CHECK_EQUAL(m.label, seL4_Fault_UserException);
        CHECK_EQUAL(m.mr[seL4_UserException_Number], PROTECTION);
        CHECK_EQUAL(m.mr[0], LOW_CODE - 0x230);
    }
}

/* Debug exceptions have an entry of their own. */
TEST("kernel.fault.another_mode.step_with_kernel_segment")
{
    const struct reply m = try_another_mode(0x8, FLAGS_TF, SPIN, UD2);

    if (!is_refused(&m)) {
        CHECK(m.label != seL4_Fault_UnknownSyscall);
        CHECK_EQUAL(m.mr[0], LOW_CODE - 0x80);
    }
}

TEST("kernel.fault.another_mode.system_call")
{
    const struct reply m = try_another_mode(0, 0, SYSCALL, SYSCALL);

    if (!is_refused(&m)) {
        CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall);
        CHECK_EQUAL(m.mr[seL4_UnknownSyscall_Syscall], 0x5afe);
        CHECK_EQUAL(m.mr[seL4_UnknownSyscall_FLAGS], 0x202);
    }
}
