// SPDX-License-Identifier: BSD-2-Clause
/* Goes through a log and hands what it finds to the faults. */
#pragma once

#include "faults.h"
#include "log.h"

enum { REMARKS_MAX = 20, REMARK_CHARACTERS = 200 };

/* A line of the monitor's that is about something else than a fault, or not understood. */
struct remark {
    uint64_t line;
    bool understood;
    char text[REMARK_CHARACTERS + 1];
};

struct findings {
    struct faults faults;
    struct remark remarks[REMARKS_MAX];
    uint64_t remark_count; /* of which the first are kept */
    uint64_t suppressed;   /* reports that the kernel left out, as it says itself */
};

/* Adds what is in the log. */
void reader_run(struct log *log, struct findings *findings);
