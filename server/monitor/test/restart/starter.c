// SPDX-License-Identifier: BSD-2-Clause
/* Signals the client when it is idle; is told of its restarts. */
#include "chain.h"

enum { CLIENT = 3, CLIENT_RESTARTED = 4 };

void init(void)
{
    microkit_notify(CLIENT);
}

void notified(microkit_channel ch)
{
    if (ch == CLIENT_RESTARTED) {
        microkit_dbg_puts("starter: the client was restarted\n");
    }
}
