// SPDX-License-Identifier: BSD-2-Clause
/* What a component has used of its own time. */
#pragma once
#include <microkit.h>

enum { OWN_SCHED_CONTEXT = 1 }; /* root slot, from the system file */

/* Microseconds since the last time this was asked. */
static inline seL4_Word used_us(void)
{
    const seL4_SchedContext_Consumed_t used =
        seL4_SchedContext_Consumed(microkit_cspace_root_slot_to_cptr(OWN_SCHED_CONTEXT));

    return used.error ? 0 : used.consumed;
}
