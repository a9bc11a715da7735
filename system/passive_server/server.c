// SPDX-License-Identifier: BSD-2-Clause
/* Works on the time of whoever calls. After init it has no time of its own but what is lent. */
#include "used.h"

enum { ROUNDS_WHEN_NOTIFIED = 2000000, HALF_US = 1000 };

static void work(seL4_Word rounds)
{
    for (volatile seL4_Word i = 0; i < rounds; i++) {
    }
}

static void say(const char *what)
{
    microkit_dbg_puts("server: ");
    microkit_dbg_puts(what);
    microkit_dbg_puts(used_us() >= HALF_US ? ", and used much of my own time\n"
                                           : ", and used nearly nothing of my own time\n");
}

void init(void)
{
    (void)used_us();
    microkit_dbg_puts("server: ready\n");
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    (void)ch;
    (void)used_us();
    work(microkit_msginfo_get_count(msginfo) > 0 ? microkit_mr_get(0) : 0);
    say("I was called");
    return microkit_msginfo_new(0, 0);
}

void notified(microkit_channel ch)
{
    (void)ch;
    (void)used_us();
    work(ROUNDS_WHEN_NOTIFIED);
    say("I was notified");
}
