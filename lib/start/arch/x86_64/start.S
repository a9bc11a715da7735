// SPDX-License-Identifier: BSD-2-Clause
/* Entry of a root task: rdi = boot information, every other register 0, no stack. */

#define STACK_BYTES 65536

    .section .text.start, "ax", @progbits
    .global _start
    .type _start, @function
_start:
    leaq    root_stack_top(%rip), %rsp
    xorl    %ebp, %ebp
    pushq   %rbp                    /* a return address that ends every back trace */
    jmp     root_start
    .size _start, . - _start

/* Entry of a further thread, on the stack that thread_start prepared. */
    .global thread_entry
    .type thread_entry, @function
thread_entry:
    xorl    %ebp, %ebp
    pushq   %rbp
    jmp     thread_main
    .size thread_entry, . - thread_entry

    .section .bss.root_stack, "aw", @nobits
    .balign 4096
    .skip   STACK_BYTES
root_stack_top:

    .section .note.GNU-stack, "", @progbits
