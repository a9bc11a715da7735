// SPDX-License-Identifier: BSD-2-Clause
/* The least that a program can ask for. */
#include "bench/programs/programs.h"
#include <unistd.h>

static bool nothing(void *context)
{
    return context != NULL;
}

static bool ask_for_parent(void *context)
{
    (void)context;
    return getppid() >= 0;
}

static bool run_empty(const struct benchmark *benchmark, const struct settings *settings)
{
    return measure(benchmark->name, settings->iterations, nothing, (void *)settings);
}

static bool run_null(const struct benchmark *benchmark, const struct settings *settings)
{
    return measure(benchmark->name, settings->iterations, ask_for_parent, NULL);
}

const struct benchmark call_benchmarks[] = {
    {"empty", run_empty, 0},
    {"call.null", run_null, 0},
    {NULL, NULL, 0},
};
