// SPDX-License-Identifier: BSD-2-Clause
/* Stops and resumes another component through capabilities that its <cspace> gives. */
#include <microkit.h>

enum { SLOT_TCB = 2, SLOT_SC = 3 };

void init(void)
{
    const seL4_CPtr tcb = microkit_cspace_root_slot_to_cptr(SLOT_TCB);

    if (seL4_TCB_Suspend(tcb) != seL4_NoError || seL4_TCB_Resume(tcb) != seL4_NoError) {
        microkit_internal_crash(seL4_InvalidCapability);
    }
    (void)seL4_SchedContext_Consumed(microkit_cspace_root_slot_to_cptr(SLOT_SC));
    microkit_notify(MICROKIT_MAX_CHANNEL_ID);
}

void notified(microkit_channel ch)
{
    microkit_have_signal = seL4_True;
    microkit_signal_cap = BASE_OUTPUT_NOTIFICATION_CAP + ch;
    microkit_signal_msg = seL4_MessageInfo_new(0, 0, 0, 0);
}
