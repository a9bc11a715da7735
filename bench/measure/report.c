// SPDX-License-Identifier: BSD-2-Clause
#include "bench/measure/report.h"
#include <inttypes.h>

enum { FORMAT_VERSION = 1 };

void report_start(FILE *out)
{
    fprintf(out, "metrics %d linux\n", FORMAT_VERSION);
}

static void print_sample(FILE *out, size_t iteration, uint64_t began, uint64_t ended)
{
    fprintf(out, "%zu %" PRIu64 " %" PRIu64 "\n", iteration, ended - began, began);
}

void report_series(FILE *out, const struct series *series)
{
    const struct sample *samples = series->samples;

    fprintf(out, "begin %s ticks %zu\n", series->name, series->count);
    for (size_t i = 0; i < series->count; i++) {
        print_sample(out, i, samples[i].began_ticks, samples[i].ended_ticks);
    }
    fprintf(out, "end %s\nbegin %s.raw ns %zu\n", series->name, series->name, series->count);
    for (size_t i = 0; i < series->count; i++) {
        print_sample(out, i, samples[i].began_ns, samples[i].ended_ns);
    }
    fprintf(out, "end %s.raw\n", series->name);
}

void report_value(FILE *out, const char *name, int64_t number, const char *unit)
{
    fprintf(out, "value %s %" PRId64 " %s\n", name, number, unit);
}

void report_failure(FILE *out, const char *name, const char *why)
{
    fprintf(out, "failed %s %s\n", name, why);
}

void report_done(FILE *out)
{
    fprintf(out, "done\n");
    fflush(out);
}
