// SPDX-License-Identifier: BSD-2-Clause
/* Says that it was signalled. */
#include <microkit.h>

void init(void)
{
}

void notified(microkit_channel ch)
{
    microkit_dbg_puts("neighbour: notified ");
    microkit_dbg_put32(ch);
    microkit_dbg_puts("\n");
}
