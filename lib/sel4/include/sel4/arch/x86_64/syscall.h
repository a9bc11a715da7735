// SPDX-License-Identifier: BSD-2-Clause
/*
 * The `syscall` instruction with the registers of the convention:
 *
 *   rdx number    rdi capability in, badge out    rsi message info
 *   r10 r8 r9 r15 message words 0-3               r12 reply    r13 destination of NBSendRecv
 *
 * rcx and r11 are overwritten by the processor. A kernel may come back with any
 * rsp, so rsp waits in rbx.
 */
#pragma once

#include <sel4/macros.h>
#include <sel4/simple_types.h>

#define SEL4_TRAP "movq %%rsp, %%rbx\n\tsyscall\n\tmovq %%rbx, %%rsp"

/* No argument, no result. */
LIBSEL4_INLINE_FUNC void sel4_sys_null(seL4_Word number)
{
    __asm__ volatile(SEL4_TRAP : : "d"(number) : "rbx", "rcx", "r11", "memory");
}

/* A signal: a capability and an empty message. */
LIBSEL4_INLINE_FUNC void sel4_sys_notify(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    __asm__ volatile(SEL4_TRAP
                     :
                     : "d"(number), "D"(cap), "S"(info)
                     : "rbx", "rcx", "r11", "memory");
}

/* Send-type calls: the kernel leaves every register as it is. */
LIBSEL4_INLINE_FUNC void sel4_sys_send(seL4_Word number, seL4_Word cap, seL4_Word info,
                                       seL4_Word mr0, seL4_Word mr1, seL4_Word mr2, seL4_Word mr3)
{
    register seL4_Word m0 __asm__("r10") = mr0;
    register seL4_Word m1 __asm__("r8") = mr1;
    register seL4_Word m2 __asm__("r9") = mr2;
    register seL4_Word m3 __asm__("r15") = mr3;

    __asm__ volatile(SEL4_TRAP
                     :
                     : "d"(number), "D"(cap), "S"(info), "r"(m0), "r"(m1), "r"(m2), "r"(m3)
                     : "rbx", "rcx", "r11", "memory");
}

/*
 * What the four exchanging functions below have in common: everything goes in
 * and comes out in the same registers, so that words a call leaves alone keep
 * their value. SEL4_EXCHANGE takes the further inputs.
 */
#define SEL4_EXCHANGE_IN                                                                           \
    seL4_Word cap_word = *cap;                                                                     \
    seL4_Word info_word = *info;                                                                   \
    register seL4_Word m0 __asm__("r10") = mr[0];                                                  \
    register seL4_Word m1 __asm__("r8") = mr[1];                                                   \
    register seL4_Word m2 __asm__("r9") = mr[2];                                                   \
    register seL4_Word m3 __asm__("r15") = mr[3]

#define SEL4_EXCHANGE(...)                                                                         \
    __asm__ volatile(SEL4_TRAP                                                                     \
                     : "+D"(cap_word), "+S"(info_word), "+r"(m0), "+r"(m1), "+r"(m2), "+r"(m3)     \
                     : __VA_ARGS__                                                                 \
                     : "rbx", "rcx", "r11", "memory")

#define SEL4_EXCHANGE_OUT                                                                          \
    *cap = cap_word;                                                                               \
    *info = info_word;                                                                             \
    mr[0] = m0;                                                                                    \
    mr[1] = m1;                                                                                    \
    mr[2] = m2;                                                                                    \
    mr[3] = m3

/* Call and Wait: no reply capability. */
LIBSEL4_INLINE_FUNC void sel4_sys_call(seL4_Word number, seL4_Word *cap, seL4_Word *info,
                                       seL4_Word mr[4])
{
    SEL4_EXCHANGE_IN;

    SEL4_EXCHANGE("d"(number));
    SEL4_EXCHANGE_OUT;
}

/* Recv, and the combined calls that send by the reply register. */
LIBSEL4_INLINE_FUNC void sel4_sys_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info,
                                       seL4_Word mr[4], seL4_Word reply)
{
    register seL4_Word reply_register __asm__("r12") = reply;
    SEL4_EXCHANGE_IN;

    SEL4_EXCHANGE("d"(number), "r"(reply_register));
    SEL4_EXCHANGE_OUT;
}

/* NBSendRecv: sends to `dest`, receives on `cap`. */
LIBSEL4_INLINE_FUNC void sel4_sys_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info,
                                            seL4_Word mr[4], seL4_Word reply, seL4_Word dest)
{
    register seL4_Word reply_register __asm__("r12") = reply;
    register seL4_Word dest_register __asm__("r13") = dest;
    SEL4_EXCHANGE_IN;

    SEL4_EXCHANGE("d"(number), "r"(reply_register), "r"(dest_register));
    SEL4_EXCHANGE_OUT;
}
