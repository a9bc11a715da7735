// SPDX-License-Identifier: BSD-2-Clause
/*
 * What happened, each thing once: records of the same fault from kernel and monitor are one, and so
 * is a fault that comes again and again.
 */
#pragma once

#include "image.h"
#include "record.h"

enum { FAULTS_MAX = 1000 };

struct fault {
    struct record record; /* with the most of all that were put together */
    bool known;           /* the image has the component */
    uint32_t component;
    unsigned way_count; /* the instruction and its callers, as they were found */
    uint64_t way[EXPLAIN_TRACE];
    uint64_t first_line[RECORD_SOURCES], times[RECORD_SOURCES]; /* by who said it */
    uint64_t last_line;
};

struct faults {
    const struct system_image *system; /* borrowed */
    struct fault *items;
    unsigned count;
    uint64_t dropped; /* for which there was no room */
};

void faults_init(struct faults *faults, const struct system_image *system);
void faults_fini(struct faults *faults);
void faults_add(struct faults *faults, const struct record *record);

/* How often it happened, as far as the log has it. */
uint64_t fault_times(const struct fault *fault);

/* Asks the library about a fault of a known component. `question` must live as long as the facts;
 * `fault` is borrowed by both. */
void fault_explain(const struct fault *fault, const struct system_image *system,
                   struct explain_question *question, struct explain_facts *facts);
