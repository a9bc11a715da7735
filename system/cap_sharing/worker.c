// SPDX-License-Identifier: BSD-2-Clause
/* Counts for ever, and says so now and then. */
#include <microkit.h>

enum { CONTROLLER = 1, ROUNDS = 1000000 };

void init(void)
{
    for (;;) {
        for (volatile int i = 0; i < ROUNDS; i++) {
        }
        microkit_notify(CONTROLLER);
    }
}

void notified(microkit_channel ch)
{
    (void)ch;
}
