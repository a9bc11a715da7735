// SPDX-License-Identifier: BSD-2-Clause
/* Time is an object, too: a thread with a small budget that would like to have it all. */
#include "scenes.h"
#include "story.h"
#include "timer.h"
#include "worker.h"
#include "workshop.h"

enum { BUDGET_US = 2000, PERIOD_US = 20000, WATCHED_MS = 100, TIME_BADGE = 77 };

static void spin(void *argument)
{
    (void)argument;
    for (;;) {
        __asm__ volatile("pause");
    }
}

static unsigned long consumed(const struct worker *worker)
{
    return (unsigned long)seL4_SchedContext_Consumed(worker->sched_context).consumed;
}

static void budget(const struct worker *glutton)
{
    unsigned long used;

    worker_resume(glutton);
    timer_sleep(WATCHED_MS);
    used = consumed(glutton);
    expect(used > 0 && used < WATCHED_MS * 1000 / 2, "a thread kept to its budget");
    scene("A thread that wants all the time");
    say("Time is given out like memory. The glutton computes without end, but its scheduling "
        "context allows %u microseconds in every %u. I slept %u ms and looked: it had used %lu "
        "microseconds. The rest of the time was idle, because the rest was not its own.",
        BUDGET_US, PERIOD_US, WATCHED_MS, used);
}

static void told_of_the_end(const struct worker *glutton)
{
    const seL4_CPtr faults = object_new(seL4_EndpointObject, 0);
    const seL4_CPtr reply = object_new(seL4_ReplyObject, 0);

    expect(seL4_TCB_SetTimeoutEndpoint(glutton->tcb, faults) == seL4_NoError,
           "a handler for timeouts");
    const seL4_MessageInfo_t info = seL4_Recv(faults, NULL, reply);

    expect(seL4_MessageInfo_get_label(info) == seL4_Fault_Timeout &&
               seL4_GetMR(seL4_Timeout_Data) == TIME_BADGE,
           "a timeout");
    scene("Being told when a budget is used up");
    say("I made myself the glutton's timeout handler. At the end of its next budget it did not "
        "wait in silence: I got a message with badge %lu, which says whose time it was, and the "
        "time used since I last looked, %lu microseconds. What to do now is up to me; I leave it "
        "stopped.",
        (unsigned long)seL4_GetMR(seL4_Timeout_Data),
        (unsigned long)seL4_GetMR(seL4_Timeout_Consumed));
    worker_suspend(glutton);
}

void scenes_of_time(void)
{
    const struct worker glutton =
        worker_new(&(struct worker_setup){.name = "glutton",
                                          .entry = spin,
                                          .space = seL4_CapInitThreadVSpace,
                                          .budget_us = BUDGET_US,
                                          .period_us = PERIOD_US,
                                          .time_badge = TIME_BADGE});

    budget(&glutton);
    told_of_the_end(&glutton);
}
