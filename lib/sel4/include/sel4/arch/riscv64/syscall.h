// SPDX-License-Identifier: BSD-2-Clause
/*
 * The `ecall` instruction with the registers of the convention:
 *
 *   a7 number    a0 capability in, badge out    a1 message info
 *   a2-a5 message words 0-3                     a6 reply    t0 destination of NBSendRecv
 */
#pragma once

#include <sel4/macros.h>
#include <sel4/simple_types.h>

#define SEL4_TRAP "ecall"

/* No argument, no result. */
LIBSEL4_INLINE_FUNC void sel4_sys_null(seL4_Word number)
{
    register seL4_Word number_word __asm__("a7") = number;
    __asm__ volatile(SEL4_TRAP : : "r"(number_word) : "memory");
}

/* A signal: a capability and an empty message. */
LIBSEL4_INLINE_FUNC void sel4_sys_notify(seL4_Word number, seL4_Word cap, seL4_Word info)
{
    register seL4_Word number_word __asm__("a7") = number;
    register seL4_Word cap_word __asm__("a0") = cap;
    register seL4_Word info_word __asm__("a1") = info;
    __asm__ volatile(SEL4_TRAP : : "r"(number_word), "r"(cap_word), "r"(info_word) : "memory");
}

/* Send-type calls: the kernel leaves every register as it is. */
LIBSEL4_INLINE_FUNC void sel4_sys_send(seL4_Word number, seL4_Word cap, seL4_Word info,
                                       seL4_Word mr0, seL4_Word mr1, seL4_Word mr2, seL4_Word mr3)
{
    register seL4_Word number_word __asm__("a7") = number;
    register seL4_Word cap_word __asm__("a0") = cap;
    register seL4_Word info_word __asm__("a1") = info;
    register seL4_Word m0 __asm__("a2") = mr0;
    register seL4_Word m1 __asm__("a3") = mr1;
    register seL4_Word m2 __asm__("a4") = mr2;
    register seL4_Word m3 __asm__("a5") = mr3;

    __asm__ volatile(SEL4_TRAP
                     :
                     : "r"(number_word), "r"(cap_word), "r"(info_word), "r"(m0), "r"(m1), "r"(m2),
                       "r"(m3)
                     : "memory");
}

/*
 * What the four exchanging functions below have in common: everything goes in
 * and comes out in the same registers, so that words a call leaves alone keep
 * their value. SEL4_EXCHANGE takes the further inputs.
 */
#define SEL4_EXCHANGE_IN                                                                           \
    register seL4_Word cap_word __asm__("a0") = *cap;                                              \
    register seL4_Word info_word __asm__("a1") = *info;                                            \
    register seL4_Word m0 __asm__("a2") = mr[0];                                                   \
    register seL4_Word m1 __asm__("a3") = mr[1];                                                   \
    register seL4_Word m2 __asm__("a4") = mr[2];                                                   \
    register seL4_Word m3 __asm__("a5") = mr[3]

#define SEL4_EXCHANGE(...)                                                                         \
    __asm__ volatile(SEL4_TRAP                                                                     \
                     : "+r"(cap_word), "+r"(info_word), "+r"(m0), "+r"(m1), "+r"(m2), "+r"(m3)     \
                     : __VA_ARGS__                                                                 \
                     : "memory")

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
    register seL4_Word number_word __asm__("a7") = number;
    SEL4_EXCHANGE_IN;

    SEL4_EXCHANGE("r"(number_word));
    SEL4_EXCHANGE_OUT;
}

/* Recv, and the combined calls that send by the reply register. */
LIBSEL4_INLINE_FUNC void sel4_sys_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info,
                                       seL4_Word mr[4], seL4_Word reply)
{
    register seL4_Word number_word __asm__("a7") = number;
    register seL4_Word reply_register __asm__("a6") = reply;
    SEL4_EXCHANGE_IN;

    SEL4_EXCHANGE("r"(number_word), "r"(reply_register));
    SEL4_EXCHANGE_OUT;
}

/* NBSendRecv: sends to `dest`, receives on `cap`. */
LIBSEL4_INLINE_FUNC void sel4_sys_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info,
                                            seL4_Word mr[4], seL4_Word reply, seL4_Word dest)
{
    register seL4_Word number_word __asm__("a7") = number;
    register seL4_Word reply_register __asm__("a6") = reply;
    register seL4_Word dest_register __asm__("t0") = dest;
    SEL4_EXCHANGE_IN;

    SEL4_EXCHANGE("r"(number_word), "r"(reply_register), "r"(dest_register));
    SEL4_EXCHANGE_OUT;
}
