// SPDX-License-Identifier: BSD-2-Clause
/* What programs that measure print; bench/linux_baseline/README.md describes it. */
#pragma once
#include "bench/measure/series.h"
#include <stdint.h>
#include <stdio.h>

void report_start(FILE *out);
/* Twice: NAME in ticks, and NAME.raw in nanoseconds of the system's clock. */
void report_series(FILE *out, const struct series *series);
void report_value(FILE *out, const char *name, int64_t number, const char *unit);
void report_failure(FILE *out, const char *name, const char *why);
void report_done(FILE *out);
