// SPDX-License-Identifier: BSD-2-Clause
/* Shares its domain with the greedy one, and never gets to say so. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("starved: my turn\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
