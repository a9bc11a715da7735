// SPDX-License-Identifier: BSD-2-Clause
/* A child's child. What happens to its parent does not touch it. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("helper: I am still here\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
