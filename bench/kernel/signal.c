// SPDX-License-Identifier: BSD-2-Clause
/* Signals to waiting threads of higher and of lower priority; Yield to an equal. */
#include "bench.h"

static seL4_CPtr ping, pong;

static void signal(seL4_CPtr notification)
{
    sel4_sys_notify(seL4_SysSend, notification, seL4_MessageInfo_new(0, 0, 0, 0).words[0]);
}

static void wait(seL4_CPtr notification)
{
    seL4_Word cap = notification, info = 0, mr[4] = {0};

    sel4_sys_call(seL4_SysWait, &cap, &info, mr);
}

static void run_pair(const char *name, struct thread first, struct thread second)
{
    samples_reset();
    bench_start(first);
    bench_start(second);
    samples_collect(name);
    seL4_TCB_Suspend(first.tcb);
    seL4_TCB_Suspend(second.tcb);
}

static void waiter_times(void)
{
    for (;;) {
        wait(ping);
        sample_end(timestamp());
    }
}

static void signaller_begins(void)
{
    for (;;) {
        sample_begin();
        signal(ping);
    }
}

/* The low one answers, so that it waits again before the next signal. */
static void low_waiter(void)
{
    for (;;) {
        wait(ping);
        signal(pong);
    }
}

static void high_signaller(void)
{
    wait(pong);
    for (;;) {
        sample_begin();
        signal(ping);
        sample_end(timestamp());
        wait(pong);
    }
}

static void low_waiter_first(void)
{
    signal(pong);
    low_waiter();
}

static void yielder(void)
{
    for (;;) {
        sample_begin();
        sel4_sys_null(seL4_SysYield);
        sample_end(timestamp());
    }
}

static struct thread elsewhere(void (*run)(void), seL4_Word priority)
{
    return bench_thread(run, (struct thread_options){.vspace = vspace_new(), .priority = priority});
}

static struct thread here(void (*run)(void), seL4_Word priority)
{
    return bench_thread(run, (struct thread_options){.priority = priority});
}

void bench_signal(void)
{
    ping = object_new(seL4_NotificationObject, 0);
    pong = object_new(seL4_NotificationObject, 0);
    run_pair("signal.high", elsewhere(waiter_times, PRIORITY_HIGH),
             here(signaller_begins, PRIORITY_LOW));
    run_pair("signal.low", here(high_signaller, PRIORITY_HIGH),
             elsewhere(low_waiter_first, PRIORITY_LOW));
    run_pair("yield", here(yielder, PRIORITY_LOW), elsewhere(yielder, PRIORITY_LOW));
}
