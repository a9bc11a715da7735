// SPDX-License-Identifier: BSD-2-Clause
/* Measures one thing many times. Nothing is printed or allocated meanwhile. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
    uint64_t began_ticks, ended_ticks;
    uint64_t began_ns, ended_ns;
};

struct series {
    const char *name;
    size_t count;
    struct sample *samples;
};

/* What is measured. False with errno set: it failed. */
typedef bool series_deed(void *context);

/* Ends the program if there is no memory. Samples are touched, so that they cost no page faults. */
struct series series_new(const char *name, size_t count);
void series_free(struct series *series);

/* Some rounds to warm up, then as many as there are samples. False at the first that fails. */
bool series_measure(struct series *series, series_deed *deed, void *context);

size_t series_warm_up(size_t count);
