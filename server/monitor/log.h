// SPDX-License-Identifier: BSD-2-Clause
/* The last words of the monitor, for who looks at its memory: a debugger, or a dump. */
#pragma once

#include <stdint.h>

enum { LOG_BYTES = 16384 };

#define LOG_MAGIC UINT64_C(0x31474f4c4e4f4d53) /* "SMONLOG1" in memory */

/* Character i of all that was ever said is at bytes[i % LOG_BYTES]. */
struct log {
    uint64_t magic;
    uint64_t said;
    char bytes[LOG_BYTES];
};

extern struct log monitor_log;

void log_put(char c);
