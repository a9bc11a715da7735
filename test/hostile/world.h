// SPDX-License-Identifier: BSD-2-Clause
/*
 * One generation of hostile workers: everything they touch is made from the
 * arena, and goes with it.
 */
#pragma once

#include <stdbool.h>

#include "layout.h"

struct settings;

/* Rights of the workers' threads; the supervisor's are above. */
enum { PRIORITY_WORKERS = 200, PRIORITY_HANDLER = 254, PRIORITY_SUPERVISOR = 255 };

/* Once. Faults of worker w arrive at `fault_endpoint` with badge w + 1. */
void world_init(seL4_CPtr fault_endpoint);

/* Builds generation `number` and starts its workers. */
void world_build(const struct settings *settings, uint64_t number);
/* Checks what must have stayed as it was, then destroys all of it. */
void world_destroy(void);

struct worker *world_worker(unsigned worker);
seL4_CPtr world_tcb(unsigned worker);
/* Reply object of the fault handler. */
seL4_CPtr world_reply(void);

/* Lets a worker begin anew, as it is. False if it cannot. */
bool world_restart(unsigned worker);
/* The same after giving it back whatever another may have taken from it. */
bool world_revive(unsigned worker);

/* System calls that a worker made since the last time this was asked. */
uint64_t world_new_calls(unsigned worker);
