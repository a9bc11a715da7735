// SPDX-License-Identifier: BSD-2-Clause
/* What the supervisor says on the second serial port, and its verdicts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The promises of the kernel that are watched, one test each. */
enum promise {
    PROMISE_PROGRESS,  /* the machine goes on */
    PROMISE_REGISTERS, /* a system call changes what it says, nothing else */
    PROMISE_FPU,
    PROMISE_MEMORY,  /* patterns stay, new objects are zero */
    PROMISE_OBJECTS, /* what nobody else has capabilities to stays as it is */
    PROMISE_UNTYPED, /* after a revoke all of the memory is free again */
    PROMISE_TIME,
    PROMISE_COUNT
};

/* Notes the first failure of a promise; the end of the run tells it. */
void promise_broken(enum promise promise, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool promise_any_broken(void);

struct settings;

void report_init(const struct settings *settings);
/* Where the run is, for messages. */
void report_generation(uint64_t generation);
void report_value(const char *name, const char *unit, uint64_t value);
/* Verdicts and the end: nothing comes back. */
_Noreturn void report_end(void);
