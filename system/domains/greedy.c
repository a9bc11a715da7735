// SPDX-License-Identifier: BSD-2-Clause
/* Takes all the time there is, at the highest priority there is. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("greedy: everything is mine\n");
    for (;;) {
        __asm__ volatile("");
    }
}

void notified(microkit_channel ch)
{
    (void)ch;
}
