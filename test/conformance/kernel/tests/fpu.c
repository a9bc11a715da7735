// SPDX-License-Identifier: BSD-2-Clause
/* Vector and floating point state: per thread, never lost, never seen by another. */
#include <harness/fault.h>
#include <harness/ipc.h>
#include <harness/suite.h>
#include <harness/trace.h>
#include <tiny/string.h>

struct vectors {
    uint64_t words[16][2];
    uint32_t mxcsr;
    uint16_t control;
};

/* What all registers hold; the same thing written. */
static __attribute__((noinline)) void read_vectors(struct vectors *v)
{
    __asm__ volatile("movdqu %%xmm0, 0(%0)\n\tmovdqu %%xmm1, 16(%0)\n\tmovdqu %%xmm2, 32(%0)\n\t"
                     "movdqu %%xmm3, 48(%0)\n\tmovdqu %%xmm4, 64(%0)\n\tmovdqu %%xmm5, 80(%0)\n\t"
                     "movdqu %%xmm6, 96(%0)\n\tmovdqu %%xmm7, 112(%0)\n\tmovdqu %%xmm8, 128(%0)\n\t"
                     "movdqu %%xmm9, 144(%0)\n\tmovdqu %%xmm10, 160(%0)\n\t"
                     "movdqu %%xmm11, 176(%0)\n\tmovdqu %%xmm12, 192(%0)\n\t"
                     "movdqu %%xmm13, 208(%0)\n\tmovdqu %%xmm14, 224(%0)\n\t"
                     "movdqu %%xmm15, 240(%0)\n\tstmxcsr 256(%0)\n\tfnstcw 260(%0)"
                     :
                     : "r"(v)
                     : "memory");
}

static struct vectors seen_fresh;

/* Straight from the entry point: nothing has used a vector before. */
static void fresh_entry(void)
{
    read_vectors(&seen_fresh);
    thread_finish();
}

TEST("kernel.fpu.fresh_thread_has_clean_state")
{
    struct thread *thread = thread_at(PRIORITY);
    seL4_UserContext registers;

    __asm__ volatile("pcmpeqd %%xmm3, %%xmm3\n\tpcmpeqd %%xmm15, %%xmm15" : : : "xmm3", "xmm15");
    memset(&registers, 0, sizeof(registers));
    registers.rip = (uintptr_t)fresh_entry;
    registers.rsp = (uintptr_t)thread->stack + 4096 - 8;
    OK(seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 3, &registers));
    thread_wait(thread);
    for (unsigned i = 0; i < 16; i++) {
        CHECK_EQUAL(seen_fresh.words[i][0], 0);
        CHECK_EQUAL(seen_fresh.words[i][1], 0);
    }
    CHECK_EQUAL(seen_fresh.mxcsr, 0x1f80);
    CHECK_EQUAL(seen_fresh.control, 0x37f);
}

struct worker {
    seL4_CPtr go;
    seL4_Word seed;
    volatile unsigned rounds;
    volatile bool wrong;
};

/* Keeps its own value in registers while others run. */
static void keep_value(void *argument)
{
    struct worker *worker = argument;
    uint64_t seed = worker->seed, back;

    for (unsigned i = 0; i < 20; i++) {
        uint64_t end = ticks_now() + 300 * ticks_per_us();

        __asm__ volatile("movq %1, %%xmm5\n\tmovq %1, %%xmm13\n\t"
                         "1: rdtsc\n\tshlq $32, %%rdx\n\torq %%rdx, %%rax\n\tcmpq %2, %%rax\n\t"
                         "jb 1b\n\t"
                         "paddq %%xmm13, %%xmm5\n\tmovq %%xmm5, %0"
                         : "=r"(back)
                         : "r"(seed), "r"(end)
                         : "rax", "rdx", "xmm5", "xmm13");
        if (back != 2 * seed) {
            worker->wrong = true;
        }
        worker->rounds++;
    }
}

TEST("kernel.fpu.preempted_threads_keep_their_state")
{
    struct worker workers[3];
    struct thread *threads[3];

    for (unsigned i = 0; i < 3; i++) {
        workers[i] = (struct worker){.seed = 0x1111 * (i + 1)};
        threads[i] = thread_new(
            (struct thread_options){.priority = PRIORITY, .budget_us = 500, .period_us = 500});
        thread_start_at(threads[i], keep_value, &workers[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        thread_wait(threads[i]);
        CHECK_EQUAL(workers[i].rounds, 20);
        CHECK(!workers[i].wrong);
    }
}

static void use_vectors(void *argument)
{
    (void)argument;
    __asm__ volatile("pxor %%xmm0, %%xmm0" : : : "xmm0");
}

/* From the entry on nothing may use the FPU, so this has no C in front of it. */
static void disabled_entry(void)
{
    __asm__ volatile("pxor %%xmm0, %%xmm0" : : : "xmm0");
    thread_finish();
}

TEST("kernel.fpu.disabled_by_flag")
{
    struct faulter f = faulter_new();
    seL4_UserContext registers;
    struct reply m;

    memset(&registers, 0, sizeof(registers));
    registers.rip = (uintptr_t)disabled_entry;
    registers.rsp = (uintptr_t)f.thread->stack + 4096 - 8;
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBSetFlags, WORDS(0, 1)), SUCCESS(1));
    OK(seL4_TCB_WriteRegisters(f.thread->tcb, 1, 0, 3, &registers));
    m = faulter_next(&f);
    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], 7);
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBSetFlags, WORDS(1, 0)), SUCCESS(0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
}

/* Others are not concerned. */
TEST("kernel.fpu.disabled_in_one_thread_only")
{
    struct thread *disabled = thread_at(PRIORITY), *other = thread_at(PRIORITY);

    CHECK_REPLY(INVOKE(disabled->tcb, TCBSetFlags, WORDS(0, 1)), SUCCESS(1));
    thread_start_at(other, use_vectors, NULL);
    thread_wait(other);
    use_vectors(NULL);
}

static void use_avx(void *argument)
{
    (void)argument;
    __asm__ volatile(".byte 0xc5, 0xfc, 0x57, 0xc0"); /* vxorps ymm0, ymm0, ymm0 */
}

/* The wider registers would not be saved, so they are switched off. */
TEST("kernel.fpu.avx_is_switched_off")
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, use_avx);

    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], 6);
}

/* ---- in the middle of things ---- */

/* A value in xmm7 across a system call, with nothing of C in between. */
static seL4_Word call_with_vector(seL4_Word number, seL4_CPtr cap, seL4_CPtr reply, seL4_Word seed)
{
    seL4_Word back;
    register seL4_Word r12 __asm__("r12") = reply;

    __asm__ volatile("movq %[seed], %%xmm7\n\t"
                     "movq %%rsp, %%rbx\n\t"
                     "syscall\n\t"
                     "movq %%rbx, %%rsp\n\t"
                     "movq %%xmm7, %[back]"
                     : [back] "=r"(back), "+d"(number), "+D"(cap), "+r"(r12)
                     : [seed] "r"(seed), "S"(0ul)
                     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r13", "r15", "xmm7", "memory");
    return back;
}

struct partner {
    seL4_CPtr endpoint, reply;
    volatile unsigned rounds, wrong;
};

enum { ROUNDS = 100 };

static void call_often(void *argument)
{
    struct partner *p = argument;

    for (seL4_Word i = 0; i < ROUNDS; i++) {
        p->wrong +=
            call_with_vector((seL4_Word)seL4_SysCall, p->endpoint, 0, 0xc000 + i) != 0xc000 + i;
        p->rounds++;
    }
}

static void answer_often(void *argument)
{
    struct partner *p = argument;

    (void)receive((seL4_Word)seL4_SysRecv, p->endpoint, p->reply);
    for (seL4_Word i = 0;; i++) {
        p->wrong += call_with_vector((seL4_Word)seL4_SysReplyRecv, p->endpoint, p->reply,
                                     0xa000 + i) != 0xa000 + i;
    }
}

/* Caller and server both use the registers, and each finds its own after every call. */
static void check_call_partners(bool server_may_use_it)
{
    struct partner p = {.endpoint = endpoint_new(), .reply = reply_new()};
    struct ipc serve = {.cap = p.endpoint, .reply = p.reply};
    struct thread *server = server_may_use_it ? thread_run(PRIORITY + 1, answer_often, &p)
                                              : thread_run(PRIORITY + 1, ipc_echo, &serve);

    settle();
    thread_make_passive(server);
    thread_wait(thread_run(PRIORITY, call_often, &p));
    CHECK_EQUAL(p.rounds, ROUNDS);
    CHECK_EQUAL(p.wrong, 0);
}

TEST("kernel.fpu.kept_across_calls")
{
    check_call_partners(true);
    check_call_partners(false);
}

static void use_after_flag(void *argument)
{
    const seL4_CPtr *tcb = argument;
    const seL4_Word info = (seL4_Word)TCBSetFlags << 12 | 2;
    seL4_Word back;

    __asm__ volatile("movq %[seed], %%xmm6\n\t"
                     "movq %%rsp, %%rbx\n\t"
                     "xorl %%r10d, %%r10d\n\t" /* clear none, set the first */
                     "movl $1, %%r8d\n\t"
                     "syscall\n\t"
                     "movq %%rbx, %%rsp\n\t"
                     "movq %%xmm6, %[back]" /* a fault; repeated when it is allowed again */
                     : [back] "=r"(back)
                     : [seed] "r"(0x777ul), "d"((seL4_Word)seL4_SysCall), "D"(*tcb), "S"(info)
                     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r15", "xmm6",
                       "memory");
    trace_note(back == 0x777 ? 'k' : 'x');
}

/* A thread forbids itself the FPU: at once, and what was in the registers stays there. */
TEST("kernel.fpu.disabled_by_itself")
{
    struct faulter f = faulter_new();
    struct reply m;

    trace_reset();
    f.argument = &f.thread->tcb;
    m = faulter_run(&f, use_after_flag);
    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], 7);
    use_vectors(NULL); /* another's are loaded meanwhile */
    CHECK_REPLY(INVOKE(f.thread->tcb, TCBSetFlags, WORDS(1, 0)), SUCCESS(0));
    faulter_answer(&f, 0, (struct message){WORDS()});
    thread_wait(f.thread);
    CHECK_TRACE("k");
}

static void divide_by_zero(void *argument)
{
    const uint16_t all_on = 0x37f & ~4u;

    (void)argument;
    __asm__ volatile("fldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(all_on));
}

/* Its own exceptions arrive as such. (Those of vectors are not emulated by all machines.) */
TEST("kernel.fpu.exception")
{
    struct faulter f = faulter_new();
    const struct reply m = faulter_run(&f, divide_by_zero);

    CHECK_EQUAL(m.label, seL4_Fault_UserException);
    CHECK_EQUAL(m.mr[seL4_UserException_Number], 16);
    CHECK_EQUAL(m.mr[seL4_UserException_Code], 0);
}
