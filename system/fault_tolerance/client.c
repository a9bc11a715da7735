// SPDX-License-Identifier: BSD-2-Clause
/* Asks the server four times, whoever else may fail meanwhile. */
#include <microkit.h>

enum { SERVER = 1, REQUESTS = 4 };

/* The id with which restarts are told; the builder fills it in where there is one. */
seL4_Word crasher_restarted = MICROKIT_MAX_CHANNELS;

static void ask(seL4_Uint32 number)
{
    microkit_mr_set(0, number);
    microkit_ppcall(SERVER, microkit_msginfo_new(0, 1));
    microkit_dbg_puts("client: twice ");
    microkit_dbg_put32(number);
    microkit_dbg_puts(" is ");
    microkit_dbg_put32((seL4_Uint32)microkit_mr_get(0));
    microkit_dbg_puts("\n");
}

void init(void)
{
    for (seL4_Uint32 i = 1; i <= REQUESTS; i++) {
        ask(i);
    }
    microkit_dbg_puts("client: done\n");
}

void notified(microkit_channel ch)
{
    if (ch == crasher_restarted) {
        microkit_dbg_puts("client: the crasher is back\n");
    }
}
