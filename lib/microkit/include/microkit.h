// SPDX-License-Identifier: BSD-2-Clause
/*
 * The API of a component (protection domain), source- and ABI-compatible with Microkit 2.3.
 *
 * A component is entered at four functions, one at a time; libmicrokit.a has the loop that calls
 * them. It may notify and call others through channels, whose ids its system file gives.
 */
#pragma once

#include <microkit/base.h>

#ifdef CONFIG_ARCH_X86_64
#include <microkit/x86_64.h>
#include <microkit/x86_64_vcpu.h>
#endif
#ifdef CONFIG_ARCH_ARM
#include <microkit/aarch64.h>
#endif

/* ---- what the component defines ---- */

void init(void);
void notified(microkit_channel ch);

/* Only for who can be called. Returns the answer. */
microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo);

/* Only for parents. True: answer with *reply_msginfo, which lets the child go on. */
seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo);

/* ---- messages ---- */

static inline microkit_msginfo microkit_msginfo_new(seL4_Word label, seL4_Uint16 count)
{
    return seL4_MessageInfo_new(label, 0, 0, count);
}

static inline seL4_Word microkit_msginfo_get_label(microkit_msginfo msginfo)
{
    return seL4_MessageInfo_get_label(msginfo);
}

static inline seL4_Word microkit_msginfo_get_count(microkit_msginfo msginfo)
{
    return seL4_MessageInfo_get_length(msginfo);
}

static inline void microkit_mr_set(seL4_Uint8 mr, seL4_Word value)
{
    seL4_SetMR(mr, value);
}

static inline seL4_Word microkit_mr_get(seL4_Uint8 mr)
{
    return seL4_GetMR(mr);
}

/* ---- channels and interrupts ---- */

static inline void microkit_notify(microkit_channel ch)
{
    if (microkit_internal_has(__func__, microkit_notifications, ch)) {
        seL4_Signal(BASE_OUTPUT_NOTIFICATION_CAP + ch);
    }
}

static inline void microkit_irq_ack(microkit_channel ch)
{
    if (microkit_internal_has(__func__, microkit_irqs, ch)) {
        (void)seL4_IRQHandler_Ack(BASE_IRQ_CAP + ch);
    }
}

static inline microkit_msginfo microkit_ppcall(microkit_channel ch, microkit_msginfo msginfo)
{
    if (!microkit_internal_has(__func__, microkit_pps, ch)) {
        return microkit_msginfo_new(0, 0);
    }
    return seL4_Call(BASE_ENDPOINT_CAP + ch, msginfo);
}

/* ---- the same with the next entry into the kernel; of several only the last is done ---- */

static inline void microkit_internal_defer(seL4_CPtr cap, seL4_Word label)
{
    microkit_have_signal = seL4_True;
    microkit_signal_cap = cap;
    microkit_signal_msg = seL4_MessageInfo_new(label, 0, 0, 0);
}

static inline void microkit_deferred_notify(microkit_channel ch)
{
    if (microkit_internal_has(__func__, microkit_notifications, ch)) {
        microkit_internal_defer(BASE_OUTPUT_NOTIFICATION_CAP + ch, 0);
    }
}

static inline void microkit_deferred_irq_ack(microkit_channel ch)
{
    if (microkit_internal_has(__func__, microkit_irqs, ch)) {
        microkit_internal_defer(BASE_IRQ_CAP + ch, IRQAckIRQ);
    }
}

/* ---- children ---- */

static inline void microkit_pd_restart(microkit_child pd, seL4_Word entry_point)
{
    microkit_internal_restart(__func__, BASE_TCB_CAP + pd, entry_point);
}

static inline void microkit_pd_stop(microkit_child pd)
{
    microkit_internal_expect(__func__, seL4_TCB_Suspend(BASE_TCB_CAP + pd));
}

static inline void microkit_pd_resume(microkit_child pd)
{
    microkit_internal_expect(__func__, seL4_TCB_Resume(BASE_TCB_CAP + pd));
}

/* ---- capabilities of its own ---- */

/* Where a capability from the component's <cspace> is; null for slots that cannot hold one. */
static inline seL4_CPtr microkit_cspace_root_slot_to_cptr(seL4_Word slot)
{
    if (slot == 0 || slot >= PD_ROOT_CAP_SIZE) {
        return 0;
    }
    return slot << (CONFIG_WORD_SIZE - PD_ROOT_CAP_BITS);
}
