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

bool arch_map_page(seL4_CPtr frame, seL4_CPtr vspace, uint64_t address)
{
    return seL4_X86_Page_Map(frame, vspace, address, seL4_CanRead, seL4_X86_Default_VMAttributes) ==
           seL4_NoError;
}

void arch_unmap_page(seL4_CPtr frame)
{
    (void)seL4_X86_Page_Unmap(frame);
}
