// SPDX-License-Identifier: BSD-2-Clause
#include "descriptors.h"
#include "msr.h"
#include <arch/task_state.h>

/* Intel SDM 3A 3.4.5 and 7.2.3; base and limit are ignored for code and data in long mode. */
#define SEGMENT_KERNEL_CODE 0x00209b0000000000ull
#define SEGMENT_KERNEL_DATA 0x0000930000000000ull
#define SEGMENT_USER_DATA   0x0000f30000000000ull
#define SEGMENT_USER_CODE   0x0020fb0000000000ull
#define SEGMENT_TSS         0x0000890000000000ull /* available 64-bit TSS, present */

enum {
    VECTOR_DEBUG = 1,
    VECTOR_NMI = 2,
    VECTOR_BREAKPOINT = 3,
    VECTOR_DOUBLE_FAULT = 8,
    VECTOR_MACHINE_CHECK = 18
};
enum { GATE_INTERRUPT = 0x8e, GATE_DPL_SHIFT = 5, GATE_COUNT = 256 };
enum { IST_STACK_BYTES = 4096 };

#define DR7_OFF BIT(10) /* that bit is always set */

/* What `syscall` clears in RFLAGS: all that would change how kernel code runs. */
#define SYSCALL_FLAGS_OFF                                                                          \
    (FLAGS_TF | FLAGS_IF | FLAGS_DF | FLAGS_IOPL | FLAGS_NT | FLAGS_RF | FLAGS_VM | FLAGS_AC)

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t stack_index;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
static_assert(sizeof(struct gate) == 16, "gate layout");

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static uint64_t segments[7]; /* null, four segments, TSS in two */
static struct gate gates[GATE_COUNT];
static struct task_state task_state;
static uint8_t interrupt_stacks[IST_COUNT][IST_STACK_BYTES] __attribute__((aligned(16)));

BOOT_CODE static void fill_segments(void)
{
    uint64_t base = (uintptr_t)&task_state;

    segments[SELECTOR_KERNEL_CODE / 8] = SEGMENT_KERNEL_CODE;
    segments[SELECTOR_KERNEL_DATA / 8] = SEGMENT_KERNEL_DATA;
    segments[SELECTOR_USER_DATA / 8] = SEGMENT_USER_DATA;
    segments[SELECTOR_USER_CODE / 8] = SEGMENT_USER_CODE;
    segments[SELECTOR_TSS / 8] = SEGMENT_TSS | (sizeof(task_state) - 1) | (base & 0xffffff) << 16 |
                                 (base >> 24 & 0xff) << 56;
    segments[SELECTOR_TSS / 8 + 1] = base >> 32;
}

BOOT_CODE static void fill_task_state(void)
{
    for (unsigned i = 0; i < IST_COUNT; i++) {
        task_state.interrupt_stack[i] = (uintptr_t)(interrupt_stacks[i] + IST_STACK_BYTES);
    }
    /* Beyond the limit: user code has no port of its own. */
    task_state.io_bitmap_offset = sizeof(task_state);
}

BOOT_CODE static uint8_t gate_stack(unsigned vector)
{
    switch (vector) {
    case VECTOR_DEBUG: return IST_DEBUG;
    case VECTOR_NMI: return IST_NMI;
    case VECTOR_DOUBLE_FAULT: return IST_DOUBLE_FAULT;
    case VECTOR_MACHINE_CHECK: return IST_MACHINE_CHECK;
    default: return 0;
    }
}

BOOT_CODE static void fill_gates(unsigned first_soft_vector)
{
    for (unsigned vector = 0; vector < GATE_COUNT; vector++) {
        uint64_t target = trap_stub_address[vector];
        bool for_users = vector >= first_soft_vector || vector == VECTOR_BREAKPOINT;

        gates[vector] = (struct gate){
            .offset_low = (uint16_t)target,
            .selector = SELECTOR_KERNEL_CODE,
            .stack_index = gate_stack(vector),
            .type = (uint8_t)(GATE_INTERRUPT | (for_users ? 3 : 0) << GATE_DPL_SHIFT),
            .offset_middle = (uint16_t)(target >> 16),
            .offset_high = (uint32_t)(target >> 32),
        };
    }
}

/* There is no local table: the one that a reset leaves in force lies at address 0, where user code
 * could write descriptors of its own, and with them enter the kernel. */
BOOT_CODE static void load_tables(void)
{
    struct table_pointer segment_table = {sizeof(segments) - 1, (uintptr_t)segments};
    struct table_pointer gate_table = {sizeof(gates) - 1, (uintptr_t)gates};

    __asm__ volatile("lgdt %0\n\t"
                     "pushq %2\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\tmovl %3, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "movl %4, %%eax\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "movl %%eax, %%fs\n\t"
                     "movl %%eax, %%gs\n\t"
                     "movl %5, %%eax\n\t"
                     "ltr %%ax\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "lldt %%ax\n\t"
                     "lidt %1"
                     :
                     : "m"(segment_table), "m"(gate_table), "i"(SELECTOR_KERNEL_CODE),
                       "i"(SELECTOR_KERNEL_DATA), "i"(SELECTOR_USER_DATA), "i"(SELECTOR_TSS)
                     : "rax", "memory");
}

/* What the firmware may have left for `sysenter`, which has no use here, and its breakpoints. */
BOOT_CODE static void close_other_doors(void)
{
    msr_write(MSR_SYSENTER_CS, 0); /* a null selector makes it a protection fault */
    __asm__ volatile("movq %0, %%dr7" : : "r"(DR7_OFF));
}

BOOT_CODE void descriptors_init_core(unsigned first_soft_vector)
{
    /* STAR: bits 32-47 give SYSCALL's selectors, bits 48-63 the base of SYSRET's. */
    uint64_t star = (uint64_t)SELECTOR_KERNEL_CODE << 32 | (SELECTOR_KERNEL_DATA | 3ull) << 48;

    fill_segments();
    fill_task_state();
    fill_gates(first_soft_vector);
    load_tables();
    msr_write(MSR_STAR, star);
    msr_write(MSR_LSTAR, (uintptr_t)syscall_entry);
    msr_write(MSR_CSTAR, (uintptr_t)syscall_entry_stray); /* `syscall` not from 64-bit code */
    msr_write(MSR_FMASK, SYSCALL_FLAGS_OFF);
    close_other_doors();
}

BOOT_CODE struct task_state *descriptors_task_state(void)
{
    return &task_state;
}
