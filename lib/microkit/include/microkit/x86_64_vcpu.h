// SPDX-License-Identifier: BSD-2-Clause
/*
 * Virtual CPUs of x86_64, where the kernel has them.
 *
 * The guest runs inside the component's own receive: while it is switched on, the event loop
 * enters it instead of waiting. Three fields of the guest travel with every entry and exit; they
 * are kept in microkit_x86_vcpu_state, all others are the kernel's.
 */
#pragma once

#include <microkit/x86_64.h>

#ifdef CONFIG_VTX

#define MICROKIT_VMX_GUEST_RIP                          0x681e
#define MICROKIT_VMX_CONTROL_PRIMARY_PROCESSOR_CONTROLS 0x4002
#define MICROKIT_VMX_CONTROL_ENTRY_INTERRUPTION_INFO    0x4016

struct microkit_x86_vcpu_state {
    seL4_Bool is_on;
    seL4_Word rip;
    seL4_Word prim_proc_ctl;
    seL4_Word irq_info;
};

extern struct microkit_x86_vcpu_state microkit_x86_vcpu_state;

/* Where a field of the guest is kept here; null if the kernel has it. */
static inline seL4_Word *microkit_internal_vmcs_here(seL4_Word field)
{
    switch (field) {
    case MICROKIT_VMX_GUEST_RIP: return &microkit_x86_vcpu_state.rip;
    case MICROKIT_VMX_CONTROL_PRIMARY_PROCESSOR_CONTROLS:
        return &microkit_x86_vcpu_state.prim_proc_ctl;
    case MICROKIT_VMX_CONTROL_ENTRY_INTERRUPTION_INFO: return &microkit_x86_vcpu_state.irq_info;
    default: return (seL4_Word *)0;
    }
}

static inline seL4_Word microkit_vcpu_x86_read_vmcs(microkit_child vcpu, seL4_Word field)
{
    const seL4_Word *here = microkit_internal_vmcs_here(field);
    seL4_X86_VCPU_ReadVMCS_t read;

    if (here) {
        return *here;
    }
    read = seL4_X86_VCPU_ReadVMCS(BASE_VCPU_CAP + vcpu, field);
    microkit_internal_expect(__func__, (seL4_Error)read.error);
    return read.value;
}

static inline void microkit_vcpu_x86_write_vmcs(microkit_child vcpu, seL4_Word field,
                                                seL4_Word value)
{
    seL4_Word *here = microkit_internal_vmcs_here(field);

    if (here) {
        *here = value;
    } else {
        microkit_internal_expect(
            __func__,
            (seL4_Error)seL4_X86_VCPU_WriteVMCS(BASE_VCPU_CAP + vcpu, field, value).error);
    }
}

static inline seL4_Word microkit_vcpu_x86_read_msr(microkit_child vcpu, seL4_Word msr)
{
    const seL4_X86_VCPU_ReadMSR_t read = seL4_X86_VCPU_ReadMSR(BASE_VCPU_CAP + vcpu, msr);

    microkit_internal_expect(__func__, (seL4_Error)read.error);
    return read.value;
}

static inline void microkit_vcpu_x86_write_msr(microkit_child vcpu, seL4_Word msr, seL4_Word value)
{
    microkit_internal_expect(
        __func__, (seL4_Error)seL4_X86_VCPU_WriteMSR(BASE_VCPU_CAP + vcpu, msr, value).error);
}

static inline void microkit_vcpu_x86_enable_ioport(microkit_child vcpu, microkit_ioport ioport,
                                                   seL4_Word port_addr, seL4_Word length)
{
    if (microkit_internal_has_ioport(__func__, ioport)) {
        microkit_internal_expect(
            __func__, seL4_X86_VCPU_EnableIOPort(BASE_VCPU_CAP + vcpu, BASE_IOPORT_CAP + ioport,
                                                 port_addr, port_addr + length - 1));
    }
}

static inline void microkit_vcpu_x86_disable_ioport(microkit_child vcpu, seL4_Word port_addr,
                                                    seL4_Word length)
{
    microkit_internal_expect(__func__, seL4_X86_VCPU_DisableIOPort(BASE_VCPU_CAP + vcpu, port_addr,
                                                                   port_addr + length - 1));
}

static inline void microkit_vcpu_x86_write_regs(microkit_child vcpu, seL4_VCPUContext *regs)
{
    microkit_internal_expect(__func__, seL4_X86_VCPU_WriteRegisters(BASE_VCPU_CAP + vcpu, regs));
}

static inline void microkit_vcpu_x86_on(void)
{
    microkit_x86_vcpu_state.is_on = seL4_True;
}

static inline void microkit_vcpu_x86_off(void)
{
    microkit_x86_vcpu_state.is_on = seL4_False;
}

#endif
