// SPDX-License-Identifier: BSD-2-Clause
/* Has a lower priority than somebody who never stops. */
#include <microkit.h>

enum { CONTROLLER = 1 };

void init(void)
{
    microkit_dbg_puts("patient: my turn at last\n");
    microkit_notify(CONTROLLER);
    microkit_dbg_puts("patient: done\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
