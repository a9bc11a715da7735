// SPDX-License-Identifier: BSD-2-Clause
#include "bench/measure/clock.h"
#include <time.h>

enum { NS_PER_S = 1000000000, COMPARE_NS = 20000000 };

/* Only Linux has the clock that is not even slewed. */
#ifdef CLOCK_MONOTONIC_RAW
static const clockid_t steady_clock = CLOCK_MONOTONIC_RAW;
#else
static const clockid_t steady_clock = CLOCK_MONOTONIC;
#endif

uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(steady_clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_ticks_per_second(void)
{
    uint64_t began_ns = clock_ns(), began_ticks = clock_ticks(), passed_ns;

    do {
        passed_ns = clock_ns() - began_ns;
    } while (passed_ns < COMPARE_NS);
    /* In this order it fits in 64 bits up to 900 GHz. */
    return (clock_ticks() - began_ticks) * (NS_PER_S / 1000) / (passed_ns / 1000);
}
