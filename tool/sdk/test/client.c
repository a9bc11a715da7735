// SPDX-License-Identifier: BSD-2-Clause
#include <microkit.h>

enum { SERVER = 0 };

void init(void)
{
    microkit_msginfo answer;

    microkit_mr_set(0, 20);
    microkit_mr_set(1, 22);
    answer = microkit_ppcall(SERVER, microkit_msginfo_new(0, 2));
    microkit_dbg_puts("client: label ");
    microkit_dbg_put32((uint32_t)microkit_msginfo_get_label(answer));
    microkit_dbg_puts(", sum ");
    microkit_dbg_put32((uint32_t)microkit_mr_get(0));
    microkit_dbg_puts("\n");
    microkit_notify(SERVER);
}

void notified(microkit_channel ch)
{
    microkit_dbg_puts("client: notified ");
    microkit_dbg_put8((uint8_t)ch);
    microkit_dbg_puts("\n");
}
