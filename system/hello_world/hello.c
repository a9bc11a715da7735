// SPDX-License-Identifier: BSD-2-Clause
/* The smallest component: says one line and then waits for events, of which there are none. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("hello, world\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
