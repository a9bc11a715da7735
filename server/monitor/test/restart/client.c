// SPDX-License-Identifier: BSD-2-Clause
/* Calls through the chain, letting each member fail, then fails itself. */
#include "chain.h"

/* Mapped by the builder: one region that persists and one that does not. */
struct notes {
    seL4_Word life;
};
struct notes *kept, *lost;

static seL4_Word data = 5, bss;

static void say(const char *what, seL4_Word number)
{
    microkit_dbg_puts("client: ");
    microkit_dbg_puts(what);
    microkit_dbg_puts(" ");
    microkit_dbg_put32((seL4_Uint32)number);
    microkit_dbg_puts("\n");
}

static void call(seL4_Word who)
{
    microkit_msginfo answer;

    microkit_mr_set(0, who);
    answer = microkit_ppcall(TO_MIDDLE, microkit_msginfo_new(0, 1));
    switch (microkit_msginfo_get_label(answer)) {
    case 0: say("the last has counted", microkit_mr_get(0)); break;
    case LABEL_LAST_RESTARTED: say("the last was restarted, failing was", who); break;
    case MICROKIT_RESTARTED: say("the middle was restarted, failing was", who); break;
    default: say("strange answer", microkit_msginfo_get_label(answer));
    }
}

void init(void)
{
    say("life", kept->life);
    say("data", data);
    say("bss and lost memory", bss + lost->life);
    data = bss = lost->life = ++kept->life;
    for (seL4_Word who = 0; who < FAILS; who++) {
        call(who);
        call(FAIL_NONE);
    }
}

void notified(microkit_channel ch)
{
    say("notified", ch);
    if (ch == TO_STARTER && kept->life == 1) {
        fail();
    }
}
