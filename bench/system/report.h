// SPDX-License-Identifier: BSD-2-Clause
/* For components that measure: the clock, and results to the second serial port. */
#pragma once

#include <microkit.h>
#include <stdint.h>
#include <tiny/printf.h>

/* Ids of the <ioport>s of these systems. */
enum { PORTS_COM2 = 0, PORTS_EXIT = 1, COM2_DATA = 0x2f8, EXIT_PORT = 0xf4 };

static inline uint64_t report_now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void report_line(const char *text)
{
    for (; *text; text++) {
        microkit_x86_ioport_write_8(PORTS_COM2, COM2_DATA, (seL4_Uint8)*text);
    }
    microkit_x86_ioport_write_8(PORTS_COM2, COM2_DATA, '\n');
}

/* A figure in instructions; `values` are sorted. */
static inline void report_value(const char *name, const uint64_t *values, unsigned count)
{
    char line[128];

    tiny_snprintf(line, sizeof(line), "value %s instructions %u %llu %llu %llu", name, count,
                  (unsigned long long)values[0], (unsigned long long)values[count / 2],
                  (unsigned long long)values[count - 1]);
    report_line(line);
}

/* The machine is switched off. */
static inline void report_done(void)
{
    report_line("done");
    microkit_x86_ioport_write_8(PORTS_EXIT, EXIT_PORT, 0);
}
