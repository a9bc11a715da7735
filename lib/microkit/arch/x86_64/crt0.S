// SPDX-License-Identifier: BSD-2-Clause
/*
 * The entry of a component. The stack pointer is set when the thread is made and not again: a
 * component that is restarted here goes on with the stack it had, whatever function it was in. So
 * the stack is aligned first, and `call` leaves it as a function expects it.
 */
    .section .text.start, "ax"
    .globl _start
_start:
    andq $-16, %rsp
    call main
    ud2

    .section .note.GNU-stack, "", @progbits
