// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ways into the kernel and out of it.
 *
 * User registers are saved straight into the current thread's context: the
 * `syscall` path finds it through GS, and for interrupts and exceptions the task
 * state segment makes the processor push its frame to the context's end. C runs
 * on the core's one stack, which is empty at every entry.
 */
#include <arch/context_offsets.h>

#include "selectors.h"

#define IRQ_FIRST_VECTOR 32
#define SYS_CALL       -1
#define SYS_REPLY_RECV -2
#define SYS_SEND       -5
#define SYS_YIELD      -11
#define FRAME_RIP    16      /* from the r15 slot, just pushed */
#define FRAME_CS     (FRAME_RIP + 8)
#define FRAME_RFLAGS (FRAME_RIP + 16)
#define VECTOR_NMI   2
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_FIRST_SENDABLE 16 /* the interrupt controller does not accept lower ones */
#define EXIT_FRAME   CONTEXT_RIP
#define RFLAGS_KERNEL 2
#define RFLAGS_FRESH  0x202
#define RFLAGS_STRAY  0x23000 /* VM, IOPL: user code never has them */

        .code64
        .section .text.entry, "ax"

/* ---- system calls ---- */

        .macro  save_for_syscall
        swapgs
        movq    %rsp, %gs:CORE_SCRATCH
        movq    %gs:CORE_CONTEXT, %rsp
        movq    $CONTEXT_ENTRY_SYSCALL, CONTEXT_ENTRY(%rsp)
        movq    %rcx, CONTEXT_RIP(%rsp)
        movq    %r11, CONTEXT_RFLAGS(%rsp)
        movq    %gs:CORE_SCRATCH, %rcx
        movq    %rax, CONTEXT_RAX(%rsp)
        movq    %rbx, CONTEXT_RBX(%rsp)
        movq    %rdx, CONTEXT_RDX(%rsp)
        movq    %rsi, CONTEXT_RSI(%rsp)
        movq    %rdi, CONTEXT_RDI(%rsp)
        movq    %rbp, CONTEXT_RBP(%rsp)
        movq    %r8, CONTEXT_R8(%rsp)
        movq    %r9, CONTEXT_R9(%rsp)
        movq    %r10, CONTEXT_R10(%rsp)
        movq    %r12, CONTEXT_R12(%rsp)
        movq    %r13, CONTEXT_R13(%rsp)
        movq    %r14, CONTEXT_R14(%rsp)
        movq    %r15, CONTEXT_R15(%rsp)
        movq    %rcx, CONTEXT_RSP(%rsp)
        .endm

        .global syscall_entry
        .balign 64
syscall_entry:
        save_for_syscall
        cmpb    $0, CONTEXT_TO_TRAP_ALL(%rsp)
        movq    %gs:CORE_KERNEL_STACK, %rsp
        movq    %gs:CORE_SELF, %rdi
        jne     fast_trap_all
        cmpq    $SYS_CALL, %rdx
        je      1f
        cmpq    $SYS_REPLY_RECV, %rdx
        je      2f
        cmpq    $SYS_SEND, %rdx
        je      3f
        cmpq    $SYS_YIELD, %rdx
        je      4f
        testq   %rdx, %rdx
        jns     fast_trap_all
        movq    %rdx, %rdi
        call    trap_syscall
        jmp     return_to_user
1:      call    fast_call
        jmp     slow_syscall
2:      call    fast_reply_recv
        jmp     slow_syscall
3:      call    fast_send
        jmp     slow_syscall
4:      call    fast_yield
        jmp     slow_syscall
fast_trap_all:
        movq    %rdx, %rsi
        call    fast_unknown_syscall

/* A fast path that returns has done nothing. */
slow_syscall:
        movq    %gs:CORE_CONTEXT, %rdi
        movq    CONTEXT_RDX(%rdi), %rdi
        call    trap_syscall
        jmp     return_to_user

/* What no processor does: see repair_frame. */
        .global syscall_entry_stray
        .balign 64
syscall_entry_stray:
        movl    $RFLAGS_FRESH, %r11d
        jmp     syscall_entry

/* With fastpath=off. */
        .global syscall_entry_slow
        .balign 64
syscall_entry_slow:
        save_for_syscall
        movq    %gs:CORE_KERNEL_STACK, %rsp
        movq    %rdx, %rdi
        call    trap_syscall
        /* falls through */

/* ---- back to the current thread ---- */

        .global return_to_user
return_to_user:
        movq    %gs:CORE_CONTEXT, %rsp
        movq    CONTEXT_RAX(%rsp), %rax
        movq    CONTEXT_RBX(%rsp), %rbx
        movq    CONTEXT_RDX(%rsp), %rdx
        movq    CONTEXT_RSI(%rsp), %rsi
        movq    CONTEXT_RDI(%rsp), %rdi
        movq    CONTEXT_RBP(%rsp), %rbp
        movq    CONTEXT_R8(%rsp), %r8
        movq    CONTEXT_R9(%rsp), %r9
        movq    CONTEXT_R10(%rsp), %r10
        movq    CONTEXT_R12(%rsp), %r12
        movq    CONTEXT_R13(%rsp), %r13
        movq    CONTEXT_R14(%rsp), %r14
        movq    CONTEXT_R15(%rsp), %r15
        cmpq    $CONTEXT_ENTRY_SYSCALL, CONTEXT_ENTRY(%rsp)
        jne     1f
        /* rip came from a `syscall` in user space, so it is canonical: sysret cannot fault. */
        movq    CONTEXT_RIP(%rsp), %rcx
        movq    CONTEXT_RFLAGS(%rsp), %r11
        movq    CONTEXT_RSP(%rsp), %rsp
        swapgs
        sysretq
1:
        movq    CONTEXT_RCX(%rsp), %rcx
        movq    CONTEXT_R11(%rsp), %r11
        addq    $EXIT_FRAME, %rsp
        swapgs
        iretq

/* ---- interrupts and exceptions ---- */

/*
 * Emulators have been seen to let user code into virtual 8086 mode, which long mode does not have,
 * with flags of its choice and with any selector in CS, one of the kernel's for instance. Whatever
 * comes from there goes on as user code of the usual kind.
 */
        .macro  repair_frame rip
        movq    $SELECTOR_USER_CODE, \rip + 8(%rsp)
        movq    $RFLAGS_FRESH, \rip + 16(%rsp)
        movq    $SELECTOR_USER_DATA, \rip + 32(%rsp)
        .endm

/* What a stub has not saved yet, down to the beginning of a context. */
        .macro  push_registers
        pushq   %r14
        pushq   %r13
        pushq   %r12
        pushq   %r11
        pushq   %r10
        pushq   %r9
        pushq   %r8
        pushq   %rbp
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %rbx
        pushq   %rax
        pushq   $CONTEXT_ENTRY_TRAP
        .endm

/* A stub saves r15 to have a register for the vector. Vectors with an error code of the processor:
 * 8, 10-14, 17, 21, 29, 30. The last four can also be sent by a device, and then without one. The
 * processor aligns the stack to 16 bytes before it pushes five words, or six with the code. */
        .altmacro
        .macro  trap_stub vector
        .balign 16
trap_stub_\vector:
        .set    has_code, \vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17
        .set    has_code, has_code || \vector == 21 || \vector == 29 || \vector == 30
        .if     has_code == 0
        pushq   $0
        .elseif \vector >= VECTOR_FIRST_SENDABLE
        testb   $8, %spl
        jz      9f
        pushq   $0
9:
        .endif
        pushq   %r15
        movl    $\vector, %r15d
        .if     \vector == VECTOR_DOUBLE_FAULT || \vector == VECTOR_MACHINE_CHECK
        jmp     trap_fatal
        .else
        jmp     trap_common
        .endif
        .endm

        .set    vector, 0
        .rept   256
        .if     vector == VECTOR_NMI
        /* Nobody is told of these: back to where it hit, at whatever instruction that was. */
        .balign 16
trap_stub_2:
        testl   $RFLAGS_STRAY, 16(%rsp)
        jz      1f
        repair_frame 0
1:      iretq
        .elseif vector == 1
        .balign 16
trap_stub_1:
        jmp     debug_trap
        .else
        trap_stub %vector
        .endif
        .set    vector, vector + 1
        .endr

trap_stray:
        repair_frame FRAME_RIP

trap_common:
        testl   $RFLAGS_STRAY, FRAME_RFLAGS(%rsp)
        jnz     trap_stray
        testb   $3, FRAME_CS(%rsp)
        jz      trap_in_kernel
        push_registers
        swapgs
        movq    %gs:CORE_KERNEL_STACK, %rsp
        pushq   $RFLAGS_KERNEL          /* a gate leaves the user's AC (which lifts SMAP) and DF */
        popfq
        leal    -IRQ_FIRST_VECTOR(%r15), %esi
        testl   %esi, %esi
        js      slow_trap
        movq    %r15, %gs:CORE_SCRATCH
        movq    %gs:CORE_SELF, %rdi
        call    fast_interrupt
        movq    %gs:CORE_SCRATCH, %r15
slow_trap:
        movl    %r15d, %edi
        call    trap_from_user
        jmp     return_to_user

/* The debug exception comes on a stack of its own, because one held off by `mov ss` hits the first
 * instruction of another entry. From user mode its frame is copied to the thread's context. */
debug_trap_stray:
        repair_frame 0

debug_trap:
        testl   $RFLAGS_STRAY, 16(%rsp)
        jnz     debug_trap_stray
        testb   $3, 8(%rsp)
        jz      debug_trap_in_kernel
        swapgs
        pushq   %rax
        pushq   %rbx
        movq    %gs:CORE_CONTEXT, %rax
        .irp    field, 0, 8, 16, 24, 32
        movq    16+\field(%rsp), %rbx
        movq    %rbx, CONTEXT_RIP+\field(%rax)
        .endr
        popq    %rbx
        popq    CONTEXT_RAX(%rax)
        movq    %rax, %rsp
        movq    CONTEXT_RAX(%rsp), %rax
        addq    $CONTEXT_RIP, %rsp
        swapgs
        pushq   $0
        pushq   %r15
        movl    $1, %r15d
        jmp     trap_common

debug_trap_in_kernel:
        pushq   %rax
        xorl    %eax, %eax
        movq    %rax, %db6
        popq    %rax
        iretq

/* On a stack of its own and with no way back: only C's report is wanted. */
trap_fatal:
        testb   $3, FRAME_CS(%rsp)
        jz      trap_in_kernel
        swapgs

/* In kernel mode: an interrupt the idle loop waits for, or a bug. The layout of a user context,
 * on the kernel stack. */
trap_in_kernel:
        push_registers
        subq    $CONTEXT_ENTRY, %rsp
        movl    %r15d, %edi
        movq    %rsp, %rsi
        movq    %rsp, %rbp
        andq    $-16, %rsp
        call    trap_from_kernel
        movq    %rbp, %rsp
        movq    CONTEXT_RAX(%rsp), %rax
        movq    CONTEXT_RBX(%rsp), %rbx
        movq    CONTEXT_RCX(%rsp), %rcx
        movq    CONTEXT_RDX(%rsp), %rdx
        movq    CONTEXT_RSI(%rsp), %rsi
        movq    CONTEXT_RDI(%rsp), %rdi
        movq    CONTEXT_RBP(%rsp), %rbp
        movq    CONTEXT_R8(%rsp), %r8
        movq    CONTEXT_R9(%rsp), %r9
        movq    CONTEXT_R10(%rsp), %r10
        movq    CONTEXT_R11(%rsp), %r11
        movq    CONTEXT_R12(%rsp), %r12
        movq    CONTEXT_R13(%rsp), %r13
        movq    CONTEXT_R14(%rsp), %r14
        movq    CONTEXT_R15(%rsp), %r15
        addq    $EXIT_FRAME, %rsp
        testb   $3, CONTEXT_CS - CONTEXT_RIP(%rsp)
        jz      1f
        swapgs                          /* trap_fatal found it harmless */
1:      iretq

/* ---- the table for the interrupt descriptors ---- */

        .section .rodata
        .global trap_stub_address
        .balign 8
trap_stub_address:
        .macro  stub_address vector
        .quad   trap_stub_\vector
        .endm
        .set    vector, 0
        .rept   256
        stub_address %vector
        .set    vector, vector + 1
        .endr

        .section .note.GNU-stack, "", @progbits
