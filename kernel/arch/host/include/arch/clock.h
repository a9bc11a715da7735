// SPDX-License-Identifier: BSD-2-Clause
/*
 * Simulated time. It stands still while the kernel runs, unless the harness moves
 * it in its hook for preemption points; between kernel entries the harness moves
 * it with host_advance().
 */
#pragma once

#include "lib/base.h"

enum { TIMER_VECTOR = 157 };

extern uint32_t clock_mhz;
extern ticks_t host_now;
extern ticks_t host_timer; /* when the timer interrupt is due; all ones: never */

static inline ticks_t clock_now(void)
{
    return host_now;
}

static inline ticks_t clock_from_us(uint64_t us)
{
    return us * clock_mhz;
}

static inline uint64_t clock_to_us(ticks_t ticks)
{
    return ticks / clock_mhz;
}

static inline void timer_set_deadline(ticks_t deadline)
{
    host_timer = deadline;
}
