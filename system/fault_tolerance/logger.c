// SPDX-License-Identifier: BSD-2-Clause
/* Counts the server's requests. */
#include <microkit.h>

static unsigned requests;

void init(void)
{
    microkit_dbg_puts("logger: ready\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
    microkit_dbg_puts("logger: request ");
    microkit_dbg_put32(++requests);
    microkit_dbg_puts("\n");
}
