// SPDX-License-Identifier: BSD-2-Clause
#include <microkit.h>

/* Not a constant, so that the compiler makes the store and no trap. */
uintptr_t nowhere = 0x10;

void init(void)
{
    microkit_dbg_puts("crasher, starting\n");
    *(volatile int *)nowhere = 0;
}

void notified(microkit_channel ch)
{
    (void)ch;
}
