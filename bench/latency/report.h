// SPDX-License-Identifier: BSD-2-Clause
/* What the task says, on the second serial port. */
#pragma once

#include "interrupt.h"

void report_init(void);
/* Median (or another percentile) and extremes, under the name PREFIX NAME. */
void report_lateness(const char *prefix, const char *name, const struct lateness *lateness,
                     unsigned percentile);
/* A line for people. */
void report_note(const char *text);
_Noreturn void report_done(void);
