// SPDX-License-Identifier: BSD-2-Clause
/* The component API of aarch64: virtual CPUs and firmware calls, where the kernel has them. */
#pragma once

#include <microkit/base.h>

#ifdef CONFIG_ARM_HYPERVISOR_SUPPORT

static inline void microkit_vcpu_restart(microkit_child vcpu, seL4_Word entry_point)
{
    microkit_internal_restart(__func__, BASE_VM_TCB_CAP + vcpu, entry_point);
}

static inline void microkit_vcpu_stop(microkit_child vcpu)
{
    microkit_internal_expect(__func__, seL4_TCB_Suspend(BASE_VM_TCB_CAP + vcpu));
}

static inline void microkit_vcpu_arm_inject_irq(microkit_child vcpu, seL4_Uint16 irq,
                                                seL4_Uint8 priority, seL4_Uint8 group,
                                                seL4_Uint8 index)
{
    microkit_internal_expect(
        __func__, seL4_ARM_VCPU_InjectIRQ(BASE_VCPU_CAP + vcpu, irq, priority, group, index));
}

static inline void microkit_vcpu_arm_ack_vppi(microkit_child vcpu, seL4_Word irq)
{
    microkit_internal_expect(__func__, seL4_ARM_VCPU_AckVPPI(BASE_VCPU_CAP + vcpu, irq));
}

static inline seL4_Word microkit_vcpu_arm_read_reg(microkit_child vcpu, seL4_Word reg)
{
    const seL4_ARM_VCPU_ReadRegs_t read =
        seL4_ARM_VCPU_ReadRegs(BASE_VCPU_CAP + vcpu, (seL4_VCPUReg)reg);

    microkit_internal_expect(__func__, (seL4_Error)read.error);
    return read.value;
}

static inline void microkit_vcpu_arm_write_reg(microkit_child vcpu, seL4_Word reg, seL4_Word value)
{
    microkit_internal_expect(
        __func__, seL4_ARM_VCPU_WriteRegs(BASE_VCPU_CAP + vcpu, (seL4_VCPUReg)reg, value));
}

#endif

#ifdef CONFIG_ALLOW_SMC_CALLS

static inline void microkit_arm_smc_call(seL4_ARM_SMCContext *args, seL4_ARM_SMCContext *response)
{
    microkit_internal_expect(__func__, seL4_ARM_SMC_Call(ARM_SMC_CAP, args, response));
}

#endif
