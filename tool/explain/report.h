// SPDX-License-Identifier: BSD-2-Clause
/* What was found, for people and as one JSON line for each fault. */
#pragma once

#include "reader.h"
#include <stdio.h>

struct report {
    const char *log, *image; /* as the caller named them */
    FILE *to;
};

void report_text(const struct report *report, const struct findings *findings);
void report_json(const struct report *report, const struct findings *findings);

/* What is not a fault, but should be known: lines not understood, what was left out. */
void report_notes(const struct report *report, const struct findings *findings);

/* How many of the faults the image can explain. */
unsigned report_explained(const struct findings *findings);
