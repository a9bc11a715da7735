// SPDX-License-Identifier: BSD-2-Clause
/* Calls that only some kernels have: printing, debugging, benchmarks, the thread pointer. */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/suite.h>

static long wanted_number;

static void call_number(void *argument)
{
    (void)argument;
    sel4_sys_null((seL4_Word)wanted_number);
}

/* Whether the call is unknown: a fault with its number. */
static bool is_unknown(long number)
{
    struct faulter f = faulter_new();
    struct reply m;

    wanted_number = number;
    m = faulter_run(&f, call_number);
    CHECK_EQUAL(m.label, seL4_Fault_UnknownSyscall);
    return m.mr[seL4_UnknownSyscall_Syscall] == (seL4_Word)number;
}

/* Numbers that no configuration of these profiles has. */
TEST("kernel.calls.never_here")
{
    CHECK(is_unknown(-20)); /* DebugRun */
    CHECK(is_unknown(-34));
    CHECK(is_unknown(0));
}

/* With several cores the second exists (other_core.c), and the first halts the kernel. */
#if !defined(CONFIG_DEBUG_BUILD) || CONFIG_MAX_NUM_NODES == 1
TEST("kernel.calls.of_several_cores")
{
    CHECK(is_unknown(-18)); /* DebugSendIPI */
    CHECK(is_unknown(-19)); /* DebugGetThreadAffinity */
}
#endif

/* A virtual CPU that is not there makes the call unknown, whatever the profile. */
TEST("kernel.calls.vm_enter")
{
    CHECK(is_unknown(-32));
}

#ifndef CONFIG_KERNEL_X86_DANGEROUS_MSR
TEST("kernel.calls.without_msr")
{
    CHECK(is_unknown(-30));
    CHECK(is_unknown(-31));
}
#endif

#ifndef CONFIG_PRINTING
TEST("kernel.calls.without_printing")
{
    CHECK(is_unknown(-12));
    CHECK(is_unknown(-13));
}
#endif

#ifndef CONFIG_DEBUG_BUILD
TEST("kernel.calls.without_debugging")
{
    for (long number = -14; number >= -17; number--) {
        CHECK(is_unknown(number));
    }
}
#else

TEST("kernel.calls.cap_identify")
{
    const struct {
        seL4_CPtr cap;
        seL4_Word kind;
    } kinds[] = {{slot_new(), 0},
                 {1ull << 40, 0},
                 {untyped_new(5), 2},
                 {endpoint_new(), 4},
                 {notification_new(), 6},
                 {reply_new(), 8},
                 {cnode_new(2), 10},
                 {tcb_new(), 12},
                 {sc_new(), 22},
                 {frame_new(), 1},
                 {object_new(seL4_X86_PageTableObject, 0), 3},
                 {object_new(seL4_X86_PageDirectoryObject, 0), 5},
                 {object_new(seL4_X86_PDPTObject, 0), 7},
                 {object_new(seL4_X64_PML4Object, 0), 9},
                 {asid_pool_new(), 13}};

    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        CHECK_EQUAL(seL4_DebugCapIdentify(kinds[i].cap), kinds[i].kind);
    }
}

TEST("kernel.calls.cap_identify_issued")
{
    const seL4_CPtr irq = slot_new(), ports = slot_new();

    OK(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, OWN_CNODE, irq, DEPTH, 0, 20, 0, 0, 60));
    OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0x680, 0x681, OWN_CNODE, ports, DEPTH));
    CHECK_EQUAL(seL4_DebugCapIdentify(irq), 16);
    CHECK_EQUAL(seL4_DebugCapIdentify(ports), 19);
}

TEST("kernel.calls.printing_returns")
{
    seL4_DebugPutChar('.');
    seL4_DebugPutChar('\n');
    seL4_DebugDumpScheduler();
    seL4_DebugSnapshot();
}

TEST("kernel.calls.name_thread")
{
    const seL4_CPtr tcb = tcb_new();

    seL4_DebugNameThread(tcb, "a name");
    seL4_DebugNameThread(tcb,
                         "a name that is longer than any kernel keeps: "
                         "0123456789012345678901234567890123456789012345678901234567890123456789"
                         "0123456789012345678901234567890123456789012345678901234567890123456789");
    seL4_DebugNameThread(tcb, "");
}
#endif

/* ---- the thread pointer ---- */

#if SEL4_TLS_BY_SYSCALL
static uintptr_t own_thread_pointer(void)
{
    uintptr_t value;

    __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
    return value;
}

static void set_tls_base(uintptr_t value)
{
    seL4_Word cap = value, info = 0, mr[4] = {0};

    sel4_sys_call((seL4_Word)SEL4_SYS_SET_TLS_BASE, &cap, &info, mr);
}

TEST("kernel.calls.set_tls_base")
{
    static uintptr_t block[8];
    const uintptr_t before = own_thread_pointer();
    uintptr_t seen;

    block[4] = 0x66;
    set_tls_base((uintptr_t)&block[4]);
    seen = own_thread_pointer();
    set_tls_base(before);
    CHECK_EQUAL(seen, 0x66);
}

/* What is not canonical changes nothing. */
TEST("kernel.calls.set_tls_base_not_canonical")
{
    const uintptr_t before = own_thread_pointer();

    set_tls_base(0x0000900000000000);
    CHECK_EQUAL(own_thread_pointer(), before);
}
#else
TEST("kernel.calls.without_set_tls_base")
{
    CHECK(is_unknown(SEL4_SYS_SET_TLS_BASE));
}
#endif

/* ---- benchmarks ---- */

#ifndef CONFIG_ENABLE_BENCHMARKS
TEST("kernel.calls.without_benchmarks")
{
    for (long number = -21; number >= -29; number--) {
        CHECK(is_unknown(number));
    }
}
#else

static seL4_Word simple(long number, seL4_Word cap)
{
    seL4_Word info = 0, mr[4] = {0};

    sel4_sys_call((seL4_Word)number, &cap, &info, mr);
    return cap;
}

TEST("kernel.calls.benchmark_null")
{
    (void)simple(seL4_SysBenchmarkNullSyscall, 5);
    (void)simple(seL4_SysBenchmarkFlushCaches, 0);
}

TEST("kernel.calls.benchmark_log")
{
    CHECK_EQUAL(simple(seL4_SysBenchmarkResetLog, 5), seL4_NoError);
    (void)simple(seL4_SysBenchmarkFinalizeLog, 5);
}

static void spin_for(void *argument)
{
    spin_us((uintptr_t)argument);
}

TEST("kernel.calls.benchmark_utilisation")
{
    struct thread *thread = thread_at(PRIORITY);
    seL4_Word cycles;

    (void)simple(seL4_SysBenchmarkResetLog, 0);
    (void)simple(seL4_SysBenchmarkResetThreadUtilisation, thread->tcb);
    thread_start_at(thread, spin_for, (void *)1000);
    thread_wait(thread);
    (void)simple(seL4_SysBenchmarkFinalizeLog, 0);
    (void)simple(seL4_SysBenchmarkGetThreadUtilisation, thread->tcb);
    cycles = seL4_GetMR(0);
    CHECK(cycles >= 990 * ticks_per_us() && cycles <= 1100 * ticks_per_us());
    CHECK(seL4_GetMR(1) >= 1);              /* times scheduled */
    CHECK(seL4_GetMR(9) >= cycles);         /* all cycles */
    CHECK(seL4_GetMR(10) >= seL4_GetMR(1)); /* all schedules */
    CHECK(seL4_GetMR(11) >= seL4_GetMR(2)); /* cycles in the kernel */
    CHECK(seL4_GetMR(12) >= seL4_GetMR(3)); /* entries */
    (void)simple(seL4_SysBenchmarkResetThreadUtilisation, thread->tcb);
    (void)simple(seL4_SysBenchmarkGetThreadUtilisation, thread->tcb);
    CHECK_EQUAL(seL4_GetMR(0), 0);
}

enum { EXCEPTIONS = 20, UD2_BYTES = 2 };

static void raise_exceptions(void *argument)
{
    (void)argument;
    for (int i = 0; i < EXCEPTIONS; i++) {
        __asm__ volatile("ud2" : : : "memory");
    }
}

/* Exceptions are kernel entries like others. */
TEST("kernel.calls.benchmark_utilisation_of_exceptions")
{
    struct faulter faulter = faulter_new();
    struct reply fault;

    (void)simple(seL4_SysBenchmarkResetLog, 0);
    (void)simple(seL4_SysBenchmarkResetThreadUtilisation, faulter.thread->tcb);
    fault = faulter_run(&faulter, raise_exceptions);
    for (int i = 0; i < EXCEPTIONS; i++) {
        CHECK_EQUAL(fault.label, seL4_Fault_UserException);
        faulter_answer(&faulter, 0, (struct message){WORDS(fault.mr[0] + UD2_BYTES)});
        fault = faulter_next(&faulter);
    }
    (void)simple(seL4_SysBenchmarkFinalizeLog, 0);
    (void)simple(seL4_SysBenchmarkGetThreadUtilisation, faulter.thread->tcb);
    CHECK_EQUAL(seL4_GetMR(3), EXCEPTIONS + 1); /* and the call it ended with */
    CHECK(seL4_GetMR(2) > 0);
}
#endif
