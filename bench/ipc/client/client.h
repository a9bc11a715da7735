// SPDX-License-Identifier: BSD-2-Clause
/* The client: measures (measure.c), or asks and asks, whoever may crash meanwhile (load.c). */
#pragma once

#include "../notes.h"

enum { SERVER = 1, ROUND_TRIP = 4, RING = 6 };

/* For whom a thing is done how often before it counts: caches of the emulator and of the kernel. */
enum { WARM_UP = 64 };

extern seL4_Word *data;
extern volatile struct sample *results;

seL4_Word client_iterations(void);
void client_record(enum series series, seL4_Word iteration, seL4_Word began_at, seL4_Word ended_at);

/* All but the round trips of notifications: those are events. */
void measure_calls(void);
void measure_shared_memory(void);
void measure_throughput(void);

void load_run(void);
