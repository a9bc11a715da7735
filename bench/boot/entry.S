// SPDX-License-Identifier: BSD-2-Clause
/*
 * Instead of the library's entry point: the clock is read before anything else.
 * The ballast makes the task nearly 4 MiB, in the file and in memory, all of it
 * bytes that the kernel has to copy.
 */

#define STACK_BYTES   16384
#define BALLAST_BYTES (4 * 1024 * 1024 - 64 * 1024)

    .section .text.start, "ax", @progbits
    .global _start
    .type _start, @function
_start:
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    movq    %rax, first_ticks(%rip)
    leaq    stack_top(%rip), %rsp
    xorl    %ebp, %ebp
    pushq   %rbp
    jmp     root_start
    .size _start, . - _start

    .section .data.ballast, "aw", @progbits
    .balign 4096
    .global ballast_first, ballast_last
ballast_first:
    .fill   BALLAST_BYTES / 8 - 1, 8, 0x5afe5afe
ballast_last:
    .quad   0x5afe5afe
    .global first_ticks
first_ticks:
    .quad   0

    .section .bss.boot_stack, "aw", @nobits
    .balign 4096
    .skip   STACK_BYTES
stack_top:

    .section .note.GNU-stack, "", @progbits
