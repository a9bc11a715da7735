// SPDX-License-Identifier: BSD-2-Clause
/* Fails as soon as it starts. */
#include "chain.h"

void init(void)
{
    fail();
}

void notified(microkit_channel ch)
{
    (void)ch;
}
