// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lives of processes, as a root task leads them, over whatever kernel host_sys_...() reaches.
 * test/fuzz/process, which sees the kernel's headers and so cannot see this one, declares the same.
 */
#pragma once

#include <stdint.h>

/* What is left; equal before and after. */
struct life_figures {
    uint64_t free_bytes, free_slots, free_records, tables, set_aside_bytes;
};

/* Sets everything up. All functions: null if all is well, else what is wrong. */
const char *life_begin(const void *bootinfo, void *ipc_buffer, uint64_t records_bytes);

/* One process with everything: memory, shares, capabilities, threads, a conversation; then it is
 * freed. *done: it all went well, 0 if something was refused on the way (and was undone). */
const char *life_one(uint64_t *done);

/* `steps` random things done to several processes, which are all freed in the end. */
const char *life_random(uint64_t seed, unsigned steps);

/* Makes memory scarce: no more than about this much stays free. */
const char *life_leave(uint64_t bytes);

struct life_figures life_figures(void);
