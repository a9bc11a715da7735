// SPDX-License-Identifier: BSD-2-Clause
/* Time as the processor counts it. The boot information says how many ticks a microsecond has. */
#pragma once
#include <sel4/sel4.h>
#include <stdint.h>

static inline uint64_t ticks_now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

void timing_init(const seL4_BootInfo *info);
uint64_t ticks_per_us(void);
uint64_t now_us(void);
/* Keeps the processor busy. */
void spin_us(uint64_t us);

/* Measured times may be off by so much: the kernel's own work and its timer. */
enum { SLACK_US = 60 };

#define CHECK_ABOUT(got, expected) check_about(got, expected, #got, __FILE__, __LINE__)

void check_about(uint64_t got_us, uint64_t expected_us, const char *what, const char *file,
                 int line);
