// SPDX-License-Identifier: BSD-2-Clause
/* Looks after a component that would never let go: lowers its priority, then stops it. What it
 * needs for that are capabilities to the worker's thread and time, which the system file gives. */
#include <microkit.h>

enum { WORKER = 1, PATIENT = 2 };
enum { WORKER_TCB = 1, WORKER_SCHED_CONTEXT = 2, OWN_TCB = 3 }; /* root slots */
enum { REPORTS_MAX = 3, LOW_PRIORITY = 10 };

static unsigned reports;

static void say(const char *what, seL4_Error error)
{
    microkit_dbg_puts("controller: ");
    microkit_dbg_puts(what);
    microkit_dbg_puts(error == seL4_NoError ? "\n" : ": refused\n");
}

static void look_at_worker(void)
{
    const seL4_SchedContext_Consumed_t used =
        seL4_SchedContext_Consumed(microkit_cspace_root_slot_to_cptr(WORKER_SCHED_CONTEXT));

    say(used.consumed > 0 ? "the worker has used time" : "the worker has used no time", used.error);
}

/* Nobody can give a priority above its own; the authority is the own thread's capability. */
static void lower_worker(void)
{
    say("the worker gets a low priority",
        seL4_TCB_SetPriority(microkit_cspace_root_slot_to_cptr(WORKER_TCB),
                             microkit_cspace_root_slot_to_cptr(OWN_TCB), LOW_PRIORITY));
}

void init(void)
{
    say("ready", seL4_NoError);
}

void notified(microkit_channel ch)
{
    if (ch == WORKER && ++reports <= REPORTS_MAX) {
        look_at_worker();
        if (reports == REPORTS_MAX) {
            lower_worker();
        }
    } else if (ch == PATIENT) {
        say("the worker is stopped",
            seL4_TCB_Suspend(microkit_cspace_root_slot_to_cptr(WORKER_TCB)));
    }
}
