// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/patience.h"
#include "bench/measure/clock.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t limit_ns = 10000000000;

void let_others_run(uint64_t ns)
{
    uint64_t ends_at = clock_ns() + ns;

    while (clock_ns() < ends_at) {
        sched_yield();
    }
}

void await_flag(const _Atomic uint32_t *flag, const char *what)
{
    uint64_t ends_at = clock_ns() + limit_ns;

    while (atomic_load(flag) == 0) {
        if (clock_ns() > ends_at) {
            fprintf(stderr, "%s does not come\n", what);
            exit(EXIT_FAILURE);
        }
        sched_yield();
    }
}

void compute(uint64_t ns)
{
    uint64_t ends_at = clock_ns() + ns;

    while (clock_ns() < ends_at) {
    }
}
