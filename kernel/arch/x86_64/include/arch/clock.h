// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel clock and the one timer interrupt.
 *
 * The clock is the TSC: it never stops, needs no access to a device and user
 * level reads the same one. The timer is the local APIC's one-shot counter,
 * which runs on its own clock; timer_ratio converts. Both rates are measured
 * together at boot (clock.c).
 */
#pragma once

#include "lib/base.h"
#include <arch/kernel_map.h>

enum { TIMER_VECTOR = 157 };

extern uint32_t clock_mhz;          /* clock ticks in a microsecond, an integer */
extern uint64_t timer_ratio;        /* timer counts per clock tick, 32.32 fixed point, not 0 */
extern ticks_t timer_longest_ticks; /* the farthest deadline that the counter reaches */

static inline ticks_t clock_now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (ticks_t)high << 32 | low;
}

/* Exact as long as the result fits 64 bits; callers bound microseconds first. */
static inline ticks_t clock_from_us(uint64_t us)
{
    return us * clock_mhz;
}

/* Rounded down. */
static inline uint64_t clock_to_us(ticks_t ticks)
{
    return ticks / clock_mhz;
}

/*
 * Arranges for TIMER_VECTOR at `deadline` (replacing an earlier request): as
 * soon as possible if that is past, and early if it is farther away than the
 * counter reaches, so the handler looks at the clock and asks again.
 */
static inline void timer_set_deadline(ticks_t deadline)
{
    ticks_t now = clock_now();
    ticks_t ticks = deadline > now ? deadline - now : 0;

    /* The counter stops at 0, hence the 1; it also rounds up, so it seldom fires early. */
    ticks = MIN(ticks, timer_longest_ticks);
    *lapic_register(LAPIC_TIMER_INITIAL) = (uint32_t)(ticks * timer_ratio >> 32) + 1;
}
