// SPDX-License-Identifier: BSD-2-Clause
/* Answers calls on channel 0 with the sum of two words. */
#include <microkit.h>

void init(void)
{
    microkit_dbg_puts("SERVER|INFO: init function running\n");
}

void notified(microkit_channel ch)
{
    microkit_deferred_notify(ch);
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    if (ch != 0 || microkit_msginfo_get_count(msginfo) != 2) {
        return microkit_msginfo_new(1, 0);
    }
    microkit_mr_set(0, microkit_mr_get(0) + microkit_mr_get(1));
    return microkit_msginfo_new(0, 1);
}
