// SPDX-License-Identifier: BSD-2-Clause
/*
 * The first instructions: from the 32-bit protected mode a multiboot loader
 * leaves to boot_main() in long mode at the kernel's own addresses.
 *
 * The tables built here map the first 4 GiB of physical memory to themselves
 * (boot loader data, firmware tables and modules all lie there) and the first
 * GiB to IMAGE_BASE. paging_init() replaces them.
 */

#define IMAGE_BASE 0xffffffff80000000
#define PHYS(symbol) ((symbol) - IMAGE_BASE)

#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 3 /* page-aligned modules, memory information */
#define MULTIBOOT2_MAGIC 0xe85250d6

#define COM1             0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define LINE_STATUS_ROOM 0x20

#define CPUID_EXTENDED     0x80000000
#define CPUID_EXTENDED_CPU 0x80000001
#define LONG_MODE_BIT      29

#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
#define CR0_PE   (1 << 0)
#define CR0_WP   (1 << 16)
#define CR0_PG   (1 << 31)
#define CR0_EM_TS_NW_CD ((1 << 2) | (1 << 3) | (1 << 29) | (1 << 30))
#define CR4_PAE  (1 << 5)
#define RFLAGS_KERNEL 2 /* all off: a loader may leave anything there */

#define PTE_TABLE 0x003 /* present, writable */
#define PTE_2MIB  0x083 /* and large */

#define BOOT_CODE_SELECTOR 0x08

    .section .head, "ax", @progbits

    .balign 8
multiboot1_header:
    .long MULTIBOOT1_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)
    .long 0, 0, 0, 0, 0 /* addresses: taken from the ELF headers */
    .long 0, 0, 0, 0    /* video mode: none wanted */

    .balign 8
multiboot2_header:
    .long MULTIBOOT2_MAGIC
    .long 0
    .long multiboot2_end - multiboot2_header
    .long -(MULTIBOOT2_MAGIC + (multiboot2_end - multiboot2_header))
    .short 0, 0 /* end tag */
    .long 8
multiboot2_end:

    .code32
    .global boot_entry
boot_entry:
    cli
    cld
    mov %eax, %esi /* loader's magic; %ebx holds its information */
    rdtsc
    mov %eax, PHYS(boot_entry_ticks)
    mov %edx, PHYS(boot_entry_ticks) + 4

    /* A processor with long mode is the one thing that can't be checked later. */
    mov %ebx, %ebp
    mov $CPUID_EXTENDED, %eax
    cpuid
    cmp $CPUID_EXTENDED_CPU, %eax
    jb no_long_mode
    mov $CPUID_EXTENDED_CPU, %eax
    cpuid
    bt $LONG_MODE_BIT, %edx
    jnc no_long_mode

    /* Four page directories of 2 MiB pages: 4 GiB, one to one. */
    mov $PHYS(boot_directories), %edi
    mov $PTE_2MIB, %eax
1:  mov %eax, (%edi)
    movl $0, 4(%edi)
    add $8, %edi
    add $0x200000, %eax
    jnc 1b

    movl $PHYS(boot_pdpt_low) + PTE_TABLE, PHYS(boot_pml4)
    movl $PHYS(boot_pdpt_high) + PTE_TABLE, PHYS(boot_pml4) + 511 * 8
    movl $PHYS(boot_directories) + PTE_TABLE, PHYS(boot_pdpt_low)
    movl $PHYS(boot_directories) + 0x1000 + PTE_TABLE, PHYS(boot_pdpt_low) + 8
    movl $PHYS(boot_directories) + 0x2000 + PTE_TABLE, PHYS(boot_pdpt_low) + 16
    movl $PHYS(boot_directories) + 0x3000 + PTE_TABLE, PHYS(boot_pdpt_low) + 24
    movl $PHYS(boot_directories) + PTE_TABLE, PHYS(boot_pdpt_high) + 510 * 8

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $PHYS(boot_pml4), %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov %cr0, %eax
    and $~CR0_EM_TS_NW_CD, %eax
    or $(CR0_PG | CR0_WP | CR0_PE), %eax
    mov %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $BOOT_CODE_SELECTOR, $long_mode

no_long_mode:
    mov $no_long_mode_text, %esi
1:  lodsb
    test %al, %al
    jz 3f
    mov %al, %ah
    mov $COM1_LINE_STATUS, %dx
    mov $0x10000, %ecx
2:  in %dx, %al
    test $LINE_STATUS_ROOM, %al
    loopz 2b
    mov %ah, %al
    mov $COM1, %dx
    out %al, %dx
    jmp 1b
3:  hlt
    jmp 3b

no_long_mode_text:
    .ascii "boot error: processor: it has no 64-bit mode; "
    .asciz "this kernel needs an x86_64 processor\r\n"

    .code64
long_mode:
    /* Null selectors are fine for data in long mode; descriptors.c sets the final ones. */
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    movabs $kernel_stack_top, %rsp
    push $RFLAGS_KERNEL
    popf
    mov %esi, %edi
    mov %ebp, %esi
    xor %ebp, %ebp
    movabs $boot_main, %rax
    call *%rax
    ud2

    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00209b0000000000 /* 64-bit code, present, accessed */
boot_gdt_end:
boot_gdt_pointer:
    .short boot_gdt_end - boot_gdt - 1
    .long boot_gdt

    .section .boot.bss, "aw", @nobits
    .balign 4096
boot_pml4:
    .skip 4096
boot_pdpt_low:
    .skip 4096
boot_pdpt_high:
    .skip 4096
boot_directories:
    .skip 4 * 4096
    .global boot_entry_ticks
boot_entry_ticks:
    .skip 8

    .section .note.GNU-stack, "", @progbits
