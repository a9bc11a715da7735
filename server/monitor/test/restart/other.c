// SPDX-License-Identifier: BSD-2-Clause
/* Calls the middle again and again, wishing nobody ill. */
#include "chain.h"

enum { CALLS = 40 };

void init(void)
{
    for (unsigned i = 0; i < CALLS; i++) {
        microkit_msginfo answer;

        microkit_mr_set(0, FAIL_NONE);
        microkit_dbg_puts("other: calls\n");
        answer = microkit_ppcall(TO_MIDDLE, microkit_msginfo_new(0, 1));
        microkit_dbg_puts(microkit_msginfo_get_label(answer) == 0 ? "other: answered\n"
                                                                  : "other: WRONG\n");
    }
    microkit_dbg_puts("other: done\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
