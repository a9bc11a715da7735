// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stands in for the kernel and says yes to everything, but for what it is told to refuse. It counts
 * what it is asked for. Whether the calls make sense only a kernel can say: test/fuzz/process.
 */
#pragma once

#include <process/home.h>

enum { FAKE_LABELS = 128, FAKE_MISSING_MAX = 4 };

struct fake {
    unsigned calls;
    unsigned by_label[FAKE_LABELS];
    unsigned refuse_at; /* call number; 0: none */
    seL4_Error refuse_with;
    /* The next Map of a page says that these tables (log2 of what they span) are missing. */
    unsigned missing[FAKE_MISSING_MAX], missing_count;
    char page[4096]; /* what every window shows */
};

extern struct fake fake;

void fake_reset(void);

/* A pool with one piece of 2^bits bytes, tables of 64 slots, and so much room for records. */
enum process_status fake_pool(struct pool *pool, unsigned bits, unsigned record_count,
                              unsigned root_slots) PROCESS_MUST_USE;
