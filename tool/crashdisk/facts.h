// SPDX-License-Identifier: BSD-2-Clause
/* What the files of a workload contain, and when they came to contain it. */
#pragma once

#include <stdint.h>

enum { HEAD_BYTES = 8, REPLACED_MAX = 20000, SLOT_BYTES = 512, STEPS_MAX = 4096 };

/* Something became so while events [begin, end) happened. */
struct fact {
    uint32_t begin, end;
    uint32_t value; /* a version or a length */
};

struct facts {
    struct fact items[STEPS_MAX];
    uint32_t count;
};

void facts_add(struct facts *facts, uint32_t begin, uint32_t end, uint32_t value);
/* The last value that may be there after `event` events: it had begun. */
uint32_t facts_latest(const struct facts *facts, uint32_t event);
/* The last value that was complete then. */
uint32_t facts_complete(const struct facts *facts, uint32_t event);
/* When the latest began that was complete then. */
uint32_t facts_last_begin(const struct facts *facts, uint32_t event);

uint8_t content_byte(uint32_t file, uint32_t version, uint32_t at);
/* Of a file that is replaced as a whole. */
uint32_t content_bytes(uint32_t file, uint32_t version);
/* File and version, and then bytes that depend on both. */
void content_fill(uint32_t file, uint32_t version, uint8_t *to, uint32_t bytes);
