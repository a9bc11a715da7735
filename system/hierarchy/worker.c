// SPDX-License-Identifier: BSD-2-Clause
/* Does one piece of work and then stumbles, every time it is started. Its memory is not put back
 * when its parent restarts it, so it can count. */
#include <microkit.h>

enum { PARENT = 2, HOLES_AT = 16 };

static unsigned starts;

static __attribute__((noinline)) void stumble(volatile int *hole)
{
    *hole = 0;
}

void init(void)
{
    starts++;
    microkit_dbg_puts("worker: start ");
    microkit_dbg_put32(starts);
    microkit_dbg_puts("\n");
    microkit_notify(PARENT);
    stumble((volatile int *)(seL4_Word)(HOLES_AT * starts));
}

void notified(microkit_channel ch)
{
    (void)ch;
}

/* Of its own child. */
seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    (void)child;
    (void)msginfo;
    (void)reply_msginfo;
    return seL4_False;
}
