// SPDX-License-Identifier: BSD-2-Clause
/* The periodic interrupt, its handler, and how late the handler was. */
#pragma once

#include <stdint.h>

enum { BUCKET_INSTRUCTIONS = 16, BUCKETS = 8192 };

struct lateness {
    uint64_t count, least, most;
    uint64_t most_after; /* from the operation's beginning to the timer's firing, for the worst */
    uint32_t buckets[BUCKETS];
};

/* Sets the timer going and finds out when exactly it fires. */
void interrupt_init(void);
/* From now on lateness is added to these figures; `operation_began` is for `most_after`. */
void interrupt_count_into(struct lateness *lateness);
extern volatile uint64_t operation_began;

/* Until the timer is `before` instructions from firing, and that far away at least once. */
void interrupt_aim(uint64_t before);
uint64_t interrupt_period(void);

void lateness_reset(struct lateness *lateness);
void lateness_merge(struct lateness *into, const struct lateness *from);
/* The lateness that `share` percent do not exceed, to BUCKET_INSTRUCTIONS. */
uint64_t lateness_percentile(const struct lateness *lateness, unsigned share);
