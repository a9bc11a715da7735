// SPDX-License-Identifier: BSD-2-Clause
/*
 * How long an interrupt may have to wait, at worst. A thread above all others waits for
 * a periodic timer whose fire times are known exactly; below it, this task's first thread
 * makes the kernel do each of its long operations, with everything large that can be
 * made large. What counts is from the moment the timer fires to the handler's first
 * instruction. Under icount one tick of the clock is one instruction.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PRIORITY_HANDLER = 255,
    PRIORITY_CROWD_LAST = 250, /* others run until they block, then the worker goes on */
    PRIORITY_CROWD_FIRST = 101,
    PRIORITY_WORKER = 100,
    PRIORITY_IDLE_CROWD = 50,
};

#define CROWD 4096 /* threads that wait for the same thing */

static inline uint64_t timestamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/*
 * One long operation. `prepare` is repeated with `run`; interrupts that hit it count as
 * "setup". What either takes from the arena is given back after each round.
 */
struct operation {
    const char *name;
    unsigned rounds;
    void (*prepare)(unsigned round);
    void (*run)(unsigned round);
};

struct operations {
    const struct operation *list;
    unsigned count;
};

extern const struct operations retype_operations, deletion_operations, queue_operations,
    time_operations, message_operations;

void check(bool ok, const char *what);

static inline void check_ok(seL4_Error error, const char *what)
{
    check(error == seL4_NoError, what);
}
