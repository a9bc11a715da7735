// SPDX-License-Identifier: BSD-2-Clause
/* Runs when nobody else does any more: switches the machine off through its exit port. */
#include <microkit.h>

uint64_t exit_port;

void init(void)
{
    microkit_dbg_puts("last: off\n");
    microkit_x86_ioport_write_8(0, exit_port, 0);
}

void notified(microkit_channel ch)
{
    (void)ch;
}
