// SPDX-License-Identifier: BSD-2-Clause
/*
 * The user's side, which is compiled with the user's headers: lib/process/test/support/life.h
 * declares the same.
 */
#pragma once

#include "lib/base.h"

struct life_figures {
    uint64_t free_bytes, free_slots, free_records, tables, set_aside_bytes;
};

const char *life_begin(const void *bootinfo, void *ipc_buffer, uint64_t records_bytes);
const char *life_one(uint64_t *done);
const char *life_random(uint64_t seed, unsigned steps);
/* Makes memory scarce: no more than about this much stays free. */
const char *life_leave(uint64_t bytes);

struct life_figures life_figures(void);
