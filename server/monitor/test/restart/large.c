// SPDX-License-Identifier: BSD-2-Clause
/* A megabyte of data, and fails as soon as it starts. */
#include "chain.h"

enum { ROOM = 1 << 20 };

volatile char large_room[ROOM] = {1};

void init(void)
{
    fail();
}

void notified(microkit_channel ch)
{
    (void)ch;
}
