// SPDX-License-Identifier: BSD-2-Clause
/* How often a component was restarted in the last minute. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LIMIT_MAX = 60, LIMIT_WINDOW_MS = 60 * 1000 };

/* The times of its last restarts; the newest is at (next - 1) % LIMIT_MAX. */
struct limit {
    uint64_t times_ms[LIMIT_MAX];
    uint32_t next;
};

/* May it be restarted once more? Notes the time if so. `allowed` is 1 to LIMIT_MAX. */
bool limit_take(struct limit *limit, uint32_t allowed, uint64_t now_ms);

/* How many of the restarts were in the minute before now. */
uint32_t limit_recent(const struct limit *limit, uint64_t now_ms);
