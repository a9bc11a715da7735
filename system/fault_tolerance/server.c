// SPDX-License-Identifier: BSD-2-Clause
/* Doubles numbers, and tells two others about it. It does not wait for them: whether they are still
 * there is not its business. */
#include <microkit.h>

enum { LOGGER = 2, CRASHER = 3 };

void init(void)
{
    microkit_dbg_puts("server: ready\n");
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    (void)ch;
    (void)msginfo;
    microkit_notify(LOGGER);
    microkit_notify(CRASHER);
    microkit_mr_set(0, 2 * microkit_mr_get(0));
    return microkit_msginfo_new(0, 1);
}

void notified(microkit_channel ch)
{
    (void)ch;
}
