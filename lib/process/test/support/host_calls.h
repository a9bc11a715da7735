// SPDX-License-Identifier: BSD-2-Clause
/*
 * On the host the trap instruction is a function call. Included before everything else there, this
 * puts functions in the place of lib/sel4's; who links the library says what they do:
 * fake_kernel.c, or the kernel as a library (test/fuzz/process).
 */
#pragma once

#include <sel4/arch/syscall.h>

void host_sys_null(seL4_Word number);
void host_sys_notify(seL4_Word number, seL4_Word cap, seL4_Word info);
void host_sys_send(seL4_Word number, seL4_Word cap, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                   seL4_Word mr2, seL4_Word mr3);
void host_sys_call(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4]);
void host_sys_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                   seL4_Word reply);
void host_sys_send_recv(seL4_Word number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4],
                        seL4_Word reply, seL4_Word dest);

#define sel4_sys_null      host_sys_null
#define sel4_sys_notify    host_sys_notify
#define sel4_sys_send      host_sys_send
#define sel4_sys_call      host_sys_call
#define sel4_sys_recv      host_sys_recv
#define sel4_sys_send_recv host_sys_send_recv
