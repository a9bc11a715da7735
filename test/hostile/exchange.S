// SPDX-License-Identifier: BSD-2-Clause
/* See exchange.h. */

#define IN(n)      (8 + 8 * (n))(%r14)
#define OUT(n)     (128 + 8 * (n))(%r14)
#define OUT_RFLAGS 248(%r14)
#define FPU_IN     256(%r14)
#define FPU_OUT    768(%r14)

    .macro load
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rdi, %r14
    movq    %rsp, (%r14)
    movq    IN(0), %rax
    movq    IN(1), %rbx
    movq    IN(2), %rcx
    movq    IN(3), %rdx
    movq    IN(4), %rsi
    movq    IN(5), %rdi
    movq    IN(6), %rbp
    movq    IN(7), %rsp
    movq    IN(8), %r8
    movq    IN(9), %r9
    movq    IN(10), %r10
    movq    IN(11), %r11
    movq    IN(12), %r12
    movq    IN(13), %r13
    movq    IN(14), %r15
    .endm

    .macro store
    movq    %rax, OUT(0)
    movq    %rbx, OUT(1)
    movq    %rcx, OUT(2)
    movq    %rdx, OUT(3)
    movq    %rsi, OUT(4)
    movq    %rdi, OUT(5)
    movq    %rbp, OUT(6)
    movq    %rsp, OUT(7)
    movq    %r8, OUT(8)
    movq    %r9, OUT(9)
    movq    %r10, OUT(10)
    movq    %r11, OUT(11)
    movq    %r12, OUT(12)
    movq    %r13, OUT(13)
    movq    %r15, OUT(14)
    movq    (%r14), %rsp
    pushfq
    popq    OUT_RFLAGS
    pushq   $0x202
    popfq
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret
    .endm

    .text
    .global exchange, exchange_return
    .type exchange, @function
exchange:
    load
    syscall
exchange_return:
    store
    .size exchange, . - exchange

    .global exchange_fpu, exchange_fpu_return
    .type exchange_fpu, @function
exchange_fpu:
    fxrstor64 256(%rdi)
    load
    syscall
exchange_fpu_return:
    fxsave64 FPU_OUT
    fninit
    ldmxcsr clean_mxcsr(%rip)
    store
    .size exchange_fpu, . - exchange_fpu

    .global exchange_spin
    .type exchange_spin, @function
exchange_spin:
    fxrstor64 256(%rdi)
    load
1:  leaq    -1(%rcx), %rcx
    pause
    jrcxz   2f
    jmp     1b
2:  fxsave64 FPU_OUT
    fninit
    ldmxcsr clean_mxcsr(%rip)
    store
    .size exchange_spin, . - exchange_spin

    .section .rodata, "a", @progbits
clean_mxcsr:
    .long   0x1f80

    .section .note.GNU-stack, "", @progbits
