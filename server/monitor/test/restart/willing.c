// SPDX-License-Identifier: BSD-2-Clause
/* Ends itself and wants to be started again. */
#include "chain.h"

seL4_Word *life;

void init(void)
{
    microkit_dbg_puts("willing: life ");
    microkit_dbg_put32((seL4_Uint32)*life);
    microkit_dbg_puts("\n");
    if (++*life < 3) {
        microkit_restart_me();
    }
    microkit_dbg_puts("willing: goes on\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
