// SPDX-License-Identifier: BSD-2-Clause
/* Small programs' worth of what systems do for programs, each measured alone. */
#pragma once
#include "bench/measure/series.h"
#include <stdbool.h>
#include <stddef.h>

struct settings {
    size_t iterations;
    const char *program; /* how this program is started */
    const char *scratch; /* a folder for files that need not last */
    const char *disk;    /* a folder on a disk, or null */
};

struct benchmark {
    const char *name;
    /* Measures and prints. False with errno set: it could not; nothing was printed then. */
    bool (*run)(const struct benchmark *benchmark, const struct settings *settings);
    size_t parameter; /* bytes, or processes */
};

/* A null name ends each. */
extern const struct benchmark call_benchmarks[];
extern const struct benchmark talk_benchmarks[];
extern const struct benchmark linux_talk_benchmarks[];
extern const struct benchmark process_benchmarks[];
extern const struct benchmark memory_benchmarks[];
extern const struct benchmark file_benchmarks[];
extern const struct benchmark net_benchmarks[];
extern const struct benchmark disk_benchmarks[];

/* Measures and prints a series. */
bool measure(const char *name, size_t iterations, series_deed *deed, void *context);

/* Starts a process that is `body(context)` and never returns; -1 with errno set: it could not. */
long start_child(void (*body)(void *context), void *context);
/* Ends it, by force. errno stays as it is. */
void end_child(long child);
