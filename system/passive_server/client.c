// SPDX-License-Identifier: BSD-2-Clause
/* Has the server work for it, and finds the work on its own bill. */
#include "used.h"

enum { SERVER = 1, ROUNDS = 2000000, HALF_US = 1000 };

static void say(const char *what)
{
    microkit_dbg_puts("client: ");
    microkit_dbg_puts(what);
    microkit_dbg_puts(used_us() >= HALF_US ? ": I have used much of my time\n"
                                           : ": I have used nearly nothing\n");
}

void init(void)
{
    (void)used_us();
    say("before the call");
    microkit_mr_set(0, ROUNDS);
    microkit_ppcall(SERVER, microkit_msginfo_new(0, 1));
    say("after the call");
    /* The server has no caller now: it runs on the time that comes with its notification. */
    microkit_notify(SERVER);
    say("after the notification");
    microkit_dbg_puts("client: done\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
