// SPDX-License-Identifier: BSD-2-Clause
/* What is planned: measuring, or load. The round trips of notifications are here, since an answer
 * to a notification is an event like any other. */
#include "client.h"

const char *plan;
volatile struct notes *notes;
seL4_Word *data;
volatile struct sample *results;

static seL4_Word round_trip, round_trip_began_at;

seL4_Word client_iterations(void)
{
    const seL4_Word planned = plan_iterations();

    return planned < SAMPLE_LIMIT ? planned : SAMPLE_LIMIT;
}

/* Iterations of the warm-up do not count. */
void client_record(enum series series, seL4_Word iteration, seL4_Word began_at, seL4_Word ended_at)
{
    volatile struct sample *sample;

    if (iteration < WARM_UP) {
        return;
    }
    sample = &results[series * SAMPLE_LIMIT + iteration - WARM_UP];
    sample->latency = ended_at - began_at;
    sample->began_at = began_at;
}

static void begin_round_trip(void)
{
    round_trip_began_at = now();
    microkit_notify(ROUND_TRIP);
}

static void measure_clock(void)
{
    const seL4_Word first = now();

    notes->clock_pair = now() - first;
}

void init(void)
{
    if (plan_victim() != 'n') {
        become_ready('c');
        load_run();
        notes->over = 1;
        return;
    }
    measure_clock();
    measure_calls();
    measure_shared_memory();
    measure_throughput();
    begin_round_trip();
}

void notified(microkit_channel ch)
{
    const seL4_Word ended_at = now();

    if (ch != ROUND_TRIP || plan_victim() != 'n') {
        return;
    }
    client_record(SERIES_NOTIFY, round_trip, round_trip_began_at, ended_at);
    if (++round_trip < client_iterations() + WARM_UP) {
        begin_round_trip();
    } else {
        notes->over = 1;
    }
}
