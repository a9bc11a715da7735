// SPDX-License-Identifier: BSD-2-Clause
#include "../../arch.h"

bool arch_read_registers(seL4_CPtr tcb, struct explain_registers *registers)
{
    seL4_UserContext context;
    const seL4_Word words = sizeof(context) / sizeof(seL4_Word);

    if (seL4_TCB_ReadRegisters(tcb, 0, 0, words, &context) != seL4_NoError) {
        return false;
    }
    *registers = (struct explain_registers){
        .pc = context.rip,
        .general = {context.rax, context.rdx, context.rcx, context.rbx, context.rsi, context.rdi,
                    context.rbp, context.rsp, context.r8, context.r9, context.r10, context.r11,
                    context.r12, context.r13, context.r14, context.r15}};
    return true;
}

seL4_Error arch_set_registers(seL4_CPtr tcb, uint64_t pc, uint64_t sp, bool resume)
{
    seL4_UserContext context = {.rip = pc, .rsp = sp};

    return seL4_TCB_WriteRegisters(tcb, resume, 0, sizeof(context) / sizeof(seL4_Word), &context);
}

/* As if it had been called: the return address is missing. */
uint64_t arch_first_sp(const void *end)
{
    return (uint64_t)end - sizeof(uint64_t);
}

seL4_Error arch_map_frame(seL4_CPtr frame, seL4_CPtr vspace, uint64_t address, bool write)
{
    return seL4_X86_Page_Map(frame, vspace, address, write ? seL4_ReadWrite : seL4_CanRead,
                             seL4_X86_Default_VMAttributes);
}

void arch_unmap_frame(seL4_CPtr frame)
{
    (void)seL4_X86_Page_Unmap(frame);
}

/* The kernel tells the frequency; if it does not, a nanosecond for each count is a guess. */
uint64_t arch_clock_ms(const struct system_image *image)
{
    const seL4_X86_BootInfo_TSC *record = (const void *)image->monitor_clock;
    uint64_t mhz = record && record->frequency_mhz ? record->frequency_mhz : 1000;
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32 | low) / (mhz * 1000);
}
