// SPDX-License-Identifier: BSD-2-Clause
/* Counts calls, from 5 on: a restart begins anew. Takes its time if it is called slow. */
#include "chain.h"

static seL4_Word count = 5;

enum { SPIN = 200000 };

void init(void)
{
}

void notified(microkit_channel ch)
{
    (void)ch;
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    (void)ch;
    (void)msginfo;
    for (volatile unsigned i = 0; microkit_name[0] == 's' && i < SPIN; i++) {
    }
    if (microkit_mr_get(0) == FAIL_LAST) {
        fail();
    }
    microkit_mr_set(0, ++count);
    return microkit_msginfo_new(0, 1);
}
