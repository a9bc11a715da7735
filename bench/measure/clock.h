// SPDX-License-Identifier: BSD-2-Clause
/* Two clocks. Ticks are the processor's cycle counter: where instructions are counted, one tick is
 * one instruction of the guest. Nanoseconds are the system's clock that nobody adjusts. */
#pragma once
#include <stdint.h>

static inline uint64_t clock_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

uint64_t clock_ns(void);

/* Ticks that pass in a second, by comparing the clocks for a while. */
uint64_t clock_ticks_per_second(void);
