// SPDX-License-Identifier: BSD-2-Clause
/* See instructions.h. `entry` begins one; the linker collects their addresses in the table. */

    .macro entry
    .section .rodata.instructions, "a", @progbits
    .quad   1f
    .text
1:
    .endm

    .section .rodata.instructions, "a", @progbits
    .balign 8
    .global instruction_table
instruction_table:
    .text

    .global instruction_run
    .type instruction_run, @function
instruction_run:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    subq    $8, %rsp
    movq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    call    *%rax
    addq    $8, %rsp
    pushq   $0x202
    popfq
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret
    .size instruction_run, . - instruction_run

/* ---- arithmetic and undefined ---- */
    entry; xorl %ecx, %ecx; divl %ecx; ret
    entry; movl $0x80000000, %eax; movl $-1, %edx; movl $-1, %ecx; idivl %ecx; ret
    entry; ud2; ret
    entry; .byte 0x0f, 0xff, 0xc0; ret             /* ud0 */
    entry; .byte 0x0f, 0xb9, 0xc0; ret             /* ud1 */
    entry; .byte 0xf0, 0x90; ret                   /* lock nop */
    entry; .byte 0x06; ret                         /* push es: not in 64-bit mode */
    entry; .byte 0xce; ret                         /* into */
    entry; .byte 0xd4, 0x0a; ret                   /* aam */
    entry; .byte 0xea; ret                         /* far jump */
    entry
           .byte 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66
    .byte 0x66, 0x66, 0x66, 0x90; ret
    entry; lock cmpxchg8b -8(%rsp); ret
    entry; .byte 0xf0, 0x0f, 0xc7, 0xc8; ret       /* lock cmpxchg8b eax */
    entry; .byte 0xf1; ret                         /* icebp */

/* ---- privileged ---- */
    entry; hlt; ret
    entry; cli; ret
    entry; sti; ret
    entry; inb $0x80, %al; ret
    entry; outb %al, $0x80; ret
    entry; movl %edi, %edx; inl %dx, %eax; ret
    entry; movl %edi, %edx; outl %eax, %dx; ret
    entry; movw %di, %dx; movq %rsp, %rdi; subq $64, %rdi; movl $4, %ecx; rep insb; ret
    entry; movw %di, %dx; movq %rsp, %rsi; movl $4, %ecx; rep outsb; ret
    entry; movq %rdi, %cr0; ret
    entry; movq %cr0, %rax; ret
    entry; movq %cr2, %rax; ret
    entry; movq %rdi, %cr3; ret
    entry; movq %cr3, %rax; ret
    entry; movq %rdi, %cr4; ret
    entry; movq %rdi, %cr8; ret
    entry; movq %cr8, %rax; ret
    entry; movq %rdi, %dr0; ret
    entry; movq %rdi, %dr7; ret
    entry; movq %dr6, %rax; ret
    entry; clts; ret
    entry; lmsw %di; ret
    entry; smsw %rax; ret
    entry; sgdt -16(%rsp); ret
    entry; sidt -16(%rsp); ret
    entry; sldt %rax; ret
    entry; str %rax; ret
    entry; lgdt -16(%rsp); ret
    entry; lidt -16(%rsp); ret
    entry; lldt %di; ret
    entry; ltr %di; ret
    entry; invlpg (%rdi); ret
    entry; invd; ret
    entry; wbinvd; ret
    entry; movl %edi, %ecx; rdmsr; ret
    entry; movl %edi, %ecx; xorl %eax, %eax; xorl %edx, %edx; wrmsr; ret
    entry; movl $0xc0000080, %ecx; rdmsr; ret
    entry; movl %edi, %ecx; rdpmc; ret
    entry; movl %edi, %ecx; .byte 0x0f, 0x01, 0xd0; ret /* xgetbv */
    entry; xorl %ecx, %ecx; movl %edi, %eax; xorl %edx, %edx; .byte 0x0f, 0x01, 0xd1
           ret /* xsetbv */
    entry; swapgs; ret
    entry; movq %rdi, %rcx; sysretq
    entry; movq %rdi, %rcx; sysretl
    entry; sysexitl
    entry; movq %rsp, %rcx; movq %rdi, %rdx; sysenter; ret
    entry; .byte 0x0f, 0x01, 0xd8; ret             /* vmrun */
    entry; .byte 0x0f, 0x01, 0xd9; ret             /* vmmcall */
    entry; .byte 0x0f, 0x01, 0xc1; ret             /* vmcall */
    entry; .byte 0x0f, 0x01, 0xdc; ret             /* stgi */
    entry; .byte 0x0f, 0x01, 0xdd; ret             /* clgi */
    entry; .byte 0x0f, 0x01, 0xc8; ret             /* monitor */
    entry; .byte 0x0f, 0x01, 0xc9; ret             /* mwait */
    entry; .byte 0x0f, 0x01, 0xca; ret             /* clac */
    entry; .byte 0x0f, 0x01, 0xcb; ret             /* stac */
    entry; .byte 0x0f, 0xaa; ret                   /* rsm */
    entry; .byte 0x66, 0x0f, 0x38, 0x82, 0x3c, 0x24; ret /* invpcid */

/* ---- segments and bases ---- */
    entry; movl %edi, %ds; ret
    entry; movl %edi, %es; ret
    entry; movl %edi, %fs; ret
    entry; movl %edi, %gs; ret
    entry; movl %edi, %ss; ret
    entry; xorl %eax, %eax; movl %eax, %fs; movl %eax, %gs; ret
    entry; movl %ss, %eax; movl %eax, %fs; movl %eax, %gs; movl %eax, %ds; movl %eax, %es; ret
    entry; lar %edi, %eax; lsl %edi, %ecx; verr %di; verw %di; ret
    entry; wrfsbase %rdi; ret
    entry; wrgsbase %rdi; ret
    entry; rdfsbase %rax; rdgsbase %rcx; ret
    entry; wrfsbase %rsi; wrgsbase %rdx; movq %fs:0, %rax; ret
    entry; movq %gs:0, %rax; ret

/* ---- stack selector and what it delays ---- */
    entry; movl %ss, %eax; movl %eax, %ss; int3; ret
    entry; movl %ss, %eax; movq $0x1234567, %rdx; movl %eax, %ss; syscall; ret
    entry; movl %ss, %eax; movq $-11, %rdx; movl %eax, %ss; syscall; ret
    entry; movl %ss, %eax; pushfq; orl $0x100, (%rsp); popfq; movl %eax, %ss; int3; ret
    entry; movl %ss, %eax; movq $-11, %rdx; pushfq; orl $0x100, (%rsp); popfq; movl %eax, %ss
           syscall; ret
    entry; movl %ss, %eax; movl %eax, %ss; int $0xa0; ret
    entry; movl %ss, %eax; movl %eax, %ss; ud2; ret
    entry; movl %ss, %eax; movl %eax, %ss; movl %eax, %ss; int $0x80; ret

/* ---- flags ---- */
    entry; pushfq; orl $0x100, (%rsp); popfq; nop; ret           /* TF */
    entry; movq $-11, %rdx; pushfq; orl $0x100, (%rsp); popfq; syscall; ret
    entry; movq $-10, %rdx; pushfq; orl $0x4000, (%rsp); popfq; syscall; ret    /* NT */
    entry; pushfq; orl $0x4000, (%rsp); popfq; ud2; ret
    entry; pushfq; orl $0x40000, (%rsp); popfq; movl 1(%rsp), %eax; ret         /* AC */
    entry; movq $-1, %rdx; pushfq; orl $0x40000, (%rsp); popfq; syscall; ret
    entry; pushfq; orl $0x400, (%rsp); popfq; movq $-11, %rdx; syscall; ud2; ret /* DF */
    entry; pushfq; orl $0x10000, (%rsp); popfq; int3; ret                       /* RF */
    entry; pushfq; xorl $0x200000, (%rsp); popfq; movq $-11, %rdx; syscall; ret /* ID */
    entry; pushfq; orl $0x3000, (%rsp); popfq; cli; ret                         /* IOPL */
    entry; pushfq; andl $~0x200, (%rsp); popfq; movq $-11, %rdx; syscall; ret   /* IF */
    entry; andl $0x7fffff, %edi; pushq %rdi; popfq; movq $0x7777777, %rdx; syscall; ret
    entry; andl $0x7fffff, %edi; pushq %rdi; popfq; ud2; ret
    entry; orl $0x44500, %edi; andl $0x7fffff, %edi; pushq %rdi; popfq; movl 0xdead, %eax; ret

/* ---- interrupts by instruction ---- */
    entry; int3; ret
    entry; int $1; ret
    entry; int $0; ret
    entry; int $2; ret
    entry; int $8; ret
    entry; int $13; ret
    entry; int $14; ret
    entry; int $0x20; ret
    entry; int $0x30; ret
    entry; int $0x80; ret
    entry; movl %edi, %eax; int $157; ret
    entry; movl %edi, %eax; int $158; ret
    entry; movl %edi, %eax; int $159; ret
    entry; movl %edi, %eax; int $160; ret
    entry; movl %edi, %eax; int $200; ret
    entry; movl %edi, %eax; int $254; ret
    entry; int $255; ret
    entry; movl %ss, %ecx; movq %rsp, %rax; pushq %rcx; pushq %rax; pushq %rdi; pushq $0x23
           pushq %rsi; iretq
    entry; movl %cs, %ecx; movl %ss, %edx; movq %rsp, %rax; pushq %rdx; pushq %rax; pushfq
           pushq %rcx; pushq %rdi; iretq
    entry; movl %cs, %ecx; movl %ss, %edx; pushq %rdx; pushq %rdi; pushfq; pushq %rcx
           leaq 1f(%rip), %rax; pushq %rax; iretq; 1: ud2
    entry; movl %ss, %edx; movq %rsp, %rax; pushq %rdx; pushq %rax; pushfq; pushq %rdi
           leaq 1f(%rip), %rax; pushq %rax; iretq; 1: ud2
    entry; movl %cs, %ecx; movq %rsp, %rax; pushq %rdi; pushq %rax; pushfq; pushq %rcx
           leaq 1f(%rip), %rax; pushq %rax; iretq; 1: ret
    entry; pushq %rdi; leaq 1f(%rip), %rax; pushq %rax; lretq; 1: ud2
    entry; pushq $0x1b; leaq 1f(%rip), %rax; pushq %rax; lretq; 1: ud2
    entry; pushq $0x23; leaq 1f(%rip), %rax; pushq %rax; lretq; 1: ud2

/* ---- stack pointer somewhere else while the kernel is entered ---- */
    entry; movq %rsp, %rbx; movq %rdi, %rsp; ud2
    entry; movq %rsp, %rbx; movq %rdi, %rsp; movq $-11, %rdx; syscall; movq %rbx, %rsp; ret
    entry; movq %rsp, %rbx; movq %rdi, %rsp; int3; movq %rbx, %rsp; ret
    entry; movq %rsp, %rbx; movq %rdi, %rsp; pushq %rax; movq %rbx, %rsp; ret
    entry; movq %rdi, %rbp; movq (%rbp), %rax; ret
    entry; enter $64, $3; leave; ret

/* ---- floating point and vectors; not `emms`, which QEMU runs without looking at CR0.TS ---- */
    entry; fninit; pushq $0x40; fldcw (%rsp); fldz; fld1; fdivp; fwait; popq %rax; fninit; ret
    entry; fninit; pushq $0x7fff; fldenv -32(%rsp); fwait; popq %rax; ret
    entry; movl $0, -4(%rsp); ldmxcsr -4(%rsp); xorps %xmm0, %xmm0; divss %xmm0, %xmm0; ret
    entry; movl %edi, -4(%rsp); ldmxcsr -4(%rsp); ret
    entry; movl $-1, -4(%rsp); ldmxcsr -4(%rsp); ret
    entry; movq %rdi, %xmm0; movq %rsi, %xmm15; cvttsd2si %xmm0, %rax; ret
    entry; movaps 1(%rsp), %xmm0; ret
    entry; leaq -1024(%rsp), %rax; andq $-64, %rax; fxsave64 (%rax); fxrstor64 (%rax); ret
    entry; leaq -1024(%rsp), %rax; andq $-64, %rax; movl $-1, 24(%rax); fxrstor64 (%rax); ret
    entry; fxrstor64 (%rdi); ret
    entry; fxsave64 1(%rsp); ret
    entry; leaq -2048(%rsp), %rcx; andq $-64, %rcx; movl $7, %eax; xorl %edx, %edx
           xsave64 (%rcx); xrstor64 (%rcx); ret
    entry; leaq -2048(%rsp), %rcx; andq $-64, %rcx; movq $-1, 512(%rcx); movl $-1, %eax
           movl $-1, %edx; xrstor64 (%rcx); ret
    entry; leaq -2048(%rsp), %rcx; andq $-64, %rcx; movl $-1, %eax; movl $-1, %edx
           xsaveopt64 (%rcx); ret
    entry; vxorps %ymm0, %ymm0, %ymm0; ret
    entry; vpaddd %xmm1, %xmm2, %xmm3; ret
    entry; .byte 0x62, 0xf1, 0x7c, 0x48, 0x57, 0xc0; ret /* AVX-512 */
    entry; movq %rdi, %mm0; movq %mm0, %rax; ret

/* ---- memory ---- */
    entry; movq (%rdi), %rax; ret
    entry; movq %rsi, (%rdi); ret
    entry; movb (%rdi), %al; ret
    entry; lock xaddq %rax, (%rdi); ret
    entry; clflush (%rdi); ret
    entry; prefetchw (%rdi); ret
    entry; movnti %rsi, (%rdi); ret
    entry; cmpxchg16b (%rdi); ret
    entry; movl $64, %ecx; rep movsb; ret
    entry; movl $16, %ecx; std; rep stosq; ret
    entry; xsave64 (%rdi); ret
    entry; jmpq *%rdi
    entry; pushq %rdi; ret
    entry; callq *(%rdi); ret
    entry; cpuid; ret
    entry; rdtsc; ret
    entry; rdtscp; ret
    entry; .byte 0xc7, 0xf8, 0, 0, 0, 0; ret       /* xbegin */
    entry; .byte 0x0f, 0xc7, 0xf0; ret             /* rdrand */
    entry; .byte 0x0f, 0x09; ret

/* The last page ends in `syscall`: the next instruction is where user addresses end. */
    entry; movq $-11, %rdx; movq $0x7ffffffffffe - 0x1000, %rax; jmpq *%rax
    entry; movq $0x1234, %rdx; movq $0x7ffffffffffe - 0x1000, %rax; jmpq *%rax
    entry; movq $0x7fffffffffff, %rax; jmpq *%rax
    entry; movq $0x7ffffffffffe, %rax; jmpq *%rax
    entry; movq $0x800000000000, %rax; jmpq *%rax

    .section .rodata.instructions, "a", @progbits
instruction_table_end:
    .global instruction_count
instruction_count:
    .quad   (instruction_table_end - instruction_table) / 8

    .section .note.GNU-stack, "", @progbits
