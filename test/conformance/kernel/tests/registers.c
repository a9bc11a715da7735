// SPDX-License-Identifier: BSD-2-Clause
/* Which registers each system call writes; all others come back as they went in. */
#include <harness/raw.h>
#include <harness/suite.h>
#include <tiny/string.h>

/* Registers of the convention. */
enum written { BADGE = 1, INFO = 2, MR0 = 4, MR1 = 8, MR2 = 16, MR3 = 32 };

static struct raw filled(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    struct raw r;
    uint64_t *words = (uint64_t *)&r;

    for (unsigned i = 0; i < sizeof(r) / sizeof(uint64_t); i++) {
        words[i] = 0x1234500000000000ull + i * 0x111;
    }
    r.rdx = number;
    r.rdi = cap;
    r.rsi = info;
    r.rbx = 0x7777; /* the stubs keep the stack pointer there: it must survive */
    return r;
}

/* What is not in `written` must not have changed; rcx and r11 are the processor's. */
static struct raw call_raw(struct raw before, unsigned written)
{
    struct raw after = before;

    raw_syscall(&after);
    CHECK_EQUAL(after.rax, before.rax);
    CHECK_EQUAL(after.rbx, before.rbx);
    CHECK_EQUAL(after.rdx, before.rdx);
    CHECK_EQUAL(after.rbp, before.rbp);
    CHECK_EQUAL(after.r12, before.r12);
    CHECK_EQUAL(after.r13, before.r13);
    CHECK_EQUAL(after.r14, before.r14);
    CHECK((written & BADGE) != 0 || after.rdi == before.rdi);
    CHECK((written & INFO) != 0 || after.rsi == before.rsi);
    CHECK((written & MR0) != 0 || after.r10 == before.r10);
    CHECK((written & MR1) != 0 || after.r8 == before.r8);
    CHECK((written & MR2) != 0 || after.r9 == before.r9);
    CHECK((written & MR3) != 0 || after.r15 == before.r15);
    CHECK(after.rsp == raw_stack || after.rsp == 0);
    return after;
}

static seL4_Word info_of(seL4_Word label, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, 0, length).words[0];
}

TEST("kernel.registers.yield")
{
    call_raw(filled((seL4_Word)seL4_SysYield, 1, 2), 0);
}

TEST("kernel.registers.send_to_notification")
{
    call_raw(filled((seL4_Word)seL4_SysSend, notification_new(), info_of(1, 4)), 0);
    call_raw(filled((seL4_Word)seL4_SysNBSend, notification_new(), info_of(1, 4)), 0);
}

TEST("kernel.registers.send_to_object_is_silent")
{
    const seL4_CPtr tcb = tcb_new();

    call_raw(filled((seL4_Word)seL4_SysSend, tcb, info_of(TCBSuspend, 0)), 0);
    call_raw(filled((seL4_Word)seL4_SysSend, tcb, info_of(TCBConfigure, 0)), 0);
    call_raw(filled((seL4_Word)seL4_SysNBSend, tcb, info_of(TCBSuspend, 0)), 0);
}

TEST("kernel.registers.nbsend_without_receiver")
{
    call_raw(filled((seL4_Word)seL4_SysNBSend, endpoint_new(), info_of(1, 4)), 0);
}

TEST("kernel.registers.nbsend_with_bad_cap")
{
    call_raw(filled((seL4_Word)seL4_SysNBSend, 1ull << 40, info_of(1, 4)), 0);
    call_raw(filled((seL4_Word)seL4_SysNBSend, NOTHING, info_of(1, 4)), 0);
}

TEST("kernel.registers.call_object_without_result")
{
    const struct raw after =
        call_raw(filled((seL4_Word)seL4_SysCall, tcb_new(), info_of(TCBSuspend, 0)), BADGE | INFO);

    CHECK_EQUAL(after.rdi, 0);
    CHECK_EQUAL(after.rsi, 0);
}

TEST("kernel.registers.call_object_with_result")
{
    struct raw before = filled((seL4_Word)seL4_SysCall, tcb_new(), info_of(TCBSetFlags, 2));
    struct raw after;

    before.r10 = 0;
    before.r8 = 1;
    after = call_raw(before, BADGE | INFO | MR0);
    CHECK_EQUAL(after.rdi, 0);
    CHECK_EQUAL(after.rsi, info_of(0, 1));
    CHECK_EQUAL(after.r10, 1);
}

TEST("kernel.registers.call_object_with_error")
{
    struct raw before = filled((seL4_Word)seL4_SysCall, tcb_new(), info_of(TCBReadRegisters, 2));
    struct raw after;

    before.r8 = 0; /* a count of nothing */
    after = call_raw(before, BADGE | INFO | MR0 | MR1);
    CHECK_EQUAL(after.rsi, info_of(seL4_RangeError, 2));
    CHECK_EQUAL(after.r10, 1);
    CHECK_EQUAL(after.r8, 20);
}

TEST("kernel.registers.nothing_received")
{
    struct raw before = filled((seL4_Word)seL4_SysNBRecv, endpoint_new(), 5);

    before.r12 = reply_new();
    CHECK_EQUAL(call_raw(before, BADGE).rdi, 0);
    CHECK_EQUAL(call_raw(filled((seL4_Word)seL4_SysNBWait, endpoint_new(), 5), BADGE).rdi, 0);
    CHECK_EQUAL(call_raw(filled((seL4_Word)seL4_SysNBWait, notification_new(), 5), BADGE).rdi, 0);
}

TEST("kernel.registers.notification_received")
{
    const seL4_CPtr notification = notification_new(), signal = badged(notification, 0x5a);

    for (int blocks = 0; blocks < 2; blocks++) {
        const seL4_Word number = (seL4_Word)(blocks ? seL4_SysWait : seL4_SysNBWait);

        seL4_Signal(signal);
        CHECK_EQUAL(call_raw(filled(number, notification, 5), BADGE).rdi, 0x5a);
    }
    seL4_Signal(signal);
    CHECK_EQUAL(call_raw(filled((seL4_Word)seL4_SysRecv, notification, 5), BADGE).rdi, 0x5a);
}

/* ---- messages ---- */

struct sending {
    seL4_CPtr cap;
    seL4_Word length;
};

static void send_words(void *argument)
{
    const struct sending *sending = argument;

    sel4_sys_send((seL4_Word)seL4_SysSend, sending->cap, info_of(7, sending->length), 100, 101, 102,
                  103);
}

static void check_message(const struct raw *after, seL4_Word length)
{
    CHECK_EQUAL(after->rdi, 0x77);
    CHECK_EQUAL(after->rsi, info_of(7, length));
    CHECK(length < 1 || after->r10 == 100);
    CHECK(length < 2 || after->r8 == 101);
    CHECK(length < 3 || after->r9 == 102);
    CHECK(length < 4 || after->r15 == 103);
}

TEST("kernel.registers.message_received")
{
    static const unsigned written[] = {0, MR0, MR0 | MR1, MR0 | MR1 | MR2, MR0 | MR1 | MR2 | MR3};
    const seL4_CPtr endpoint = endpoint_new();
    struct sending sending = {.cap = badged(endpoint, 0x77)};

    for (sending.length = 0; sending.length <= 4; sending.length++) {
        struct thread *sender = thread_run(PRIORITY, send_words, &sending);
        struct raw after = call_raw(filled((seL4_Word)seL4_SysWait, endpoint, 5),
                                    BADGE | INFO | written[sending.length]);

        check_message(&after, sending.length);
        thread_wait(sender);
    }
}

TEST("kernel.registers.message_taken_from_the_queue")
{
    static const seL4_Word numbers[] = {(seL4_Word)seL4_SysNBRecv, (seL4_Word)seL4_SysRecv,
                                        (seL4_Word)seL4_SysNBWait, (seL4_Word)seL4_SysWait};
    const seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct sending sending = {.cap = badged(endpoint, 0x77), .length = 2};

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct thread *sender = thread_run(PRIORITY, send_words, &sending);
        struct raw before = filled(numbers[i], endpoint, 5);
        struct raw after;

        settle();
        before.r12 = reply;
        after = call_raw(before, BADGE | INFO | MR0 | MR1);
        check_message(&after, 2);
        thread_wait(sender);
    }
}

/* The thread pointer and the vector registers are nobody's business either. */
TEST("kernel.registers.vector_registers_survive")
{
    uint64_t low = 0x1122334455667788ull, high = 0;

    __asm__ volatile("movq %0, %%xmm7" : : "r"(low) : "xmm7");
    settle();
    __asm__ volatile("movq %%xmm7, %0" : "=r"(high));
    CHECK_EQUAL(high, low);
}
