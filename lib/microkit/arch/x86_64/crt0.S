// SPDX-License-Identifier: BSD-2-Clause
/*
 * The entry of a component. The kernel sets the stack pointer when it makes the thread and nobody
 * sets it again: a component that is restarted here goes on with the stack it had. `call` leaves
 * the stack aligned as a function expects it.
 */
    .section .text.start, "ax"
    .globl _start
_start:
    call main
    ud2

    .section .note.GNU-stack, "", @progbits
