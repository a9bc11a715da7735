// SPDX-License-Identifier: BSD-2-Clause
/* What the event loop knows of a guest that runs inside its receive: only x86_64 has such. */
#pragma once

#include <microkit.h>

#ifdef CONFIG_VTX

/* Set in the badge after an exit, so that it is a fault of child 0. */
#define GUEST_EXIT_BADGE (1ull << 62)

static inline seL4_Bool guest_is_on(void)
{
    return microkit_x86_vcpu_state.is_on;
}

/* Runs the guest until it exits or a signal comes. */
static inline seL4_MessageInfo_t guest_enter(seL4_Word *badge)
{
    struct microkit_x86_vcpu_state *state = &microkit_x86_vcpu_state;
    seL4_Word why;

    seL4_SetMR(SEL4_VMENTER_CALL_EIP_MR, state->rip);
    seL4_SetMR(SEL4_VMENTER_CALL_CONTROL_PPC_MR, state->prim_proc_ctl);
    seL4_SetMR(SEL4_VMENTER_CALL_INTERRUPT_INFO_MR, state->irq_info);
    why = seL4_VMEnter(badge);
    state->rip = seL4_GetMR(SEL4_VMENTER_CALL_EIP_MR);
    state->prim_proc_ctl = seL4_GetMR(SEL4_VMENTER_CALL_CONTROL_PPC_MR);
    state->irq_info = seL4_GetMR(SEL4_VMENTER_CALL_INTERRUPT_INFO_MR);
    if (why != SEL4_VMENTER_RESULT_FAULT) {
        return seL4_MessageInfo_new(0, 0, 0, SEL4_VMENTER_RESULT_NOTIF_LEN);
    }
    *badge |= GUEST_EXIT_BADGE;
    return seL4_MessageInfo_new(0, 0, 0, SEL4_VMENTER_NUM_FAULT_MSGS);
}

/* No fault is answered where guests exist, not even a child component's; false ends the guest. */
static inline seL4_Bool guest_after_fault(seL4_Bool go_on)
{
    if (!go_on) {
        microkit_vcpu_x86_off();
    }
    return seL4_False;
}

#else

static inline seL4_Bool guest_is_on(void)
{
    return seL4_False;
}

/* Never called: there is no guest that could be on. */
static inline seL4_MessageInfo_t guest_enter(seL4_Word *badge)
{
    *badge = 0;
    return seL4_MessageInfo_new(0, 0, 0, 0);
}

static inline seL4_Bool guest_after_fault(seL4_Bool answer)
{
    return answer;
}

#endif
