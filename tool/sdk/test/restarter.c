// SPDX-License-Identifier: BSD-2-Clause
/* A parent that restarts its child a few times, then stops it. */
#include <microkit.h>

enum { RESTARTS_MAX = 10, CHILD_ENTRY = 0x200000 };

static unsigned restarts;

void init(void)
{
    microkit_dbg_puts("restarter: starting\n");
}

void notified(microkit_channel ch)
{
    microkit_pd_resume(ch);
}

seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    microkit_dbg_puts("restarter: received fault message for child pd: ");
    microkit_dbg_put8((uint8_t)child);
    microkit_dbg_puts("\n");
    if (microkit_msginfo_get_label(msginfo) == seL4_Fault_VMFault &&
        microkit_mr_get(seL4_VMFault_Addr) == 8) {
        *reply_msginfo = microkit_msginfo_new(0, 0);
        return seL4_True;
    }
    if (++restarts < RESTARTS_MAX) {
        microkit_pd_restart(child, CHILD_ENTRY);
        microkit_dbg_puts("restarter: restarted\n");
    } else {
        microkit_pd_stop(child);
        microkit_dbg_puts("restarter: too many restarts - PD stopped\n");
    }
    return seL4_False;
}
