// SPDX-License-Identifier: BSD-2-Clause
/* Restarts its child when it faults, and gives up when it does so too often. */
#include <microkit.h>

enum { WORKER_DONE = 2, RESTARTS_MAX = 3 };

/* Where every component begins. */
#define ENTRY 0x200000

/* Of a memory fault's message. */
enum { FAULT_ADDRESS = 1 };

/* The child's id; the builder fills it in. A word, because the builder writes words. */
seL4_Word worker;

static unsigned restarts;

void init(void)
{
    microkit_dbg_puts("parent: ready\n");
}

static void say_fault(microkit_msginfo msginfo)
{
    microkit_dbg_puts("parent: my child stopped");
    if (microkit_msginfo_get_label(msginfo) == seL4_Fault_VMFault) {
        microkit_dbg_puts(", at address ");
        microkit_dbg_put32((seL4_Uint32)microkit_mr_get(FAULT_ADDRESS));
    }
    microkit_dbg_puts("\n");
}

seL4_Bool fault(microkit_child child, microkit_msginfo msginfo, microkit_msginfo *reply_msginfo)
{
    (void)reply_msginfo;
    say_fault(msginfo);
    if (child == worker && restarts < RESTARTS_MAX) {
        restarts++;
        microkit_dbg_puts("parent: it begins again\n");
        microkit_pd_restart(child, ENTRY);
    } else {
        microkit_dbg_puts("parent: enough, it stays stopped\n");
        microkit_pd_stop(child);
    }
    return seL4_False;
}

void notified(microkit_channel ch)
{
    if (ch == WORKER_DONE) {
        microkit_dbg_puts("parent: one piece of work is done\n");
    }
}
