// SPDX-License-Identifier: BSD-2-Clause
/* Entry of the monitor: the initialiser has set its stack pointer; every other register is 0. */

    .section .text.start, "ax", @progbits
    .global _start
    .type _start, @function
_start:
    call    monitor_main
    ud2                             /* it does not return */
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
