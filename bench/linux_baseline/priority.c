// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/priority.h"
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By number, since the small C library refuses: for it, this call is of threads, not of
 * processes. */
static bool schedule(int policy, int priority)
{
    return syscall(SYS_sched_setscheduler, 0, policy, &(int){priority}) == 0;
}

bool priority_take(int priority)
{
    return schedule(SCHED_FIFO, priority);
}

bool priority_drop(void)
{
    return schedule(SCHED_OTHER, 0);
}
