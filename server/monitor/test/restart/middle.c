// SPDX-License-Identifier: BSD-2-Clause
/* Serves the client by calling the last one. */
#include "chain.h"

void init(void)
{
}

void notified(microkit_channel ch)
{
    (void)ch;
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    const seL4_Word who = microkit_mr_get(0);
    microkit_msginfo answer;

    if (who == FAIL_MIDDLE_BEFORE) {
        fail();
    }
    answer = microkit_ppcall(TO_LAST, msginfo);
    if (who == FAIL_MIDDLE_AFTER) {
        fail();
    }
    if (microkit_msginfo_get_label(answer) == MICROKIT_RESTARTED) {
        return microkit_msginfo_new(LABEL_LAST_RESTARTED, 0);
    }
    (void)ch;
    return microkit_msginfo_new(0, 1); /* with the last one's count */
}
