// SPDX-License-Identifier: BSD-2-Clause
/* raw_syscall of raw.h; the offsets are those of struct raw. */
    .text
    .global raw_syscall
    .global raw_instruction
    .type raw_syscall, @function
raw_syscall:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rdi, raw_frame(%rip)
    movq    %rsp, raw_stack(%rip)
    movq    %rdi, %rax
    movq    8(%rax), %rbx
    movq    16(%rax), %rcx
    movq    24(%rax), %rdx
    movq    32(%rax), %rsi
    movq    40(%rax), %rdi
    movq    48(%rax), %rbp
    movq    56(%rax), %r8
    movq    64(%rax), %r9
    movq    72(%rax), %r10
    movq    80(%rax), %r11
    movq    88(%rax), %r12
    movq    96(%rax), %r13
    movq    104(%rax), %r14
    movq    112(%rax), %r15
    movq    (%rax), %rax
raw_instruction:
    syscall
    movq    %rsp, raw_stack_after(%rip)
    movq    raw_stack(%rip), %rsp
    movq    %rax, raw_rax(%rip)
    movq    raw_frame(%rip), %rax
    movq    %rbx, 8(%rax)
    movq    %rcx, 16(%rax)
    movq    %rdx, 24(%rax)
    movq    %rsi, 32(%rax)
    movq    %rdi, 40(%rax)
    movq    %rbp, 48(%rax)
    movq    %r8, 56(%rax)
    movq    %r9, 64(%rax)
    movq    %r10, 72(%rax)
    movq    %r11, 80(%rax)
    movq    %r12, 88(%rax)
    movq    %r13, 96(%rax)
    movq    %r14, 104(%rax)
    movq    %r15, 112(%rax)
    movq    raw_rax(%rip), %rbx
    movq    %rbx, (%rax)
    movq    raw_stack_after(%rip), %rbx
    movq    %rbx, 120(%rax)
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret
    .size raw_syscall, . - raw_syscall

    .bss
    .balign 8
    .global raw_stack
raw_frame:       .skip 8
raw_stack:       .skip 8
raw_stack_after: .skip 8
raw_rax:         .skip 8

    .section .note.GNU-stack, "", @progbits
