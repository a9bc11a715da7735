// SPDX-License-Identifier: BSD-2-Clause
#include "bench/measure/series.h"
#include "bench/measure/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP_PART = 10, WARM_UP_LEAST = 16 };

struct series series_new(const char *name, size_t count)
{
    struct series series = {name, count, malloc((count + 1) * sizeof(struct sample))};

    if (series.samples == NULL) {
        fprintf(stderr, "no memory for %zu samples of %s\n", count, name);
        exit(EXIT_FAILURE);
    }
    memset(series.samples, 1, (count + 1) * sizeof(struct sample));
    return series;
}

void series_free(struct series *series)
{
    free(series->samples);
    series->samples = NULL;
}

size_t series_warm_up(size_t count)
{
    return count / WARM_UP_PART + WARM_UP_LEAST;
}

/* The clocks that may need a system call are read outside of what is counted in ticks. */
static bool measure_once(struct sample *sample, series_deed *deed, void *context)
{
    bool done;

    sample->began_ns = clock_ns();
    sample->began_ticks = clock_ticks();
    done = deed(context);
    sample->ended_ticks = clock_ticks();
    sample->ended_ns = clock_ns();
    return done;
}

bool series_measure(struct series *series, series_deed *deed, void *context)
{
    struct sample *warming = &series->samples[series->count];

    for (size_t i = 0; i < series_warm_up(series->count); i++) {
        if (!measure_once(warming, deed, context)) {
            return false;
        }
    }
    for (size_t i = 0; i < series->count; i++) {
        if (!measure_once(&series->samples[i], deed, context)) {
            return false;
        }
    }
    return true;
}
