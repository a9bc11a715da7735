// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the monitor says about a fault, line by line: ours (server/monitor) in words and as one JSON
 * line; Microkit's with registers and words of the message as NAME=VALUE or NAME : VALUE.
 *
 *   closed ── "received message", "faulting PD", "'NAME' (" ──> open
 *   open   ── the JSON line, the next of those, too many other lines, the end ──> closed
 */
#pragma once

#include "record.h"

struct monitor_lines {
    bool open;
    bool is_ours;     /* it is told in words */
    unsigned foreign; /* lines of others since the last one */
    uint64_t pc;
    bool has_pc;
    struct record record;
};

enum monitor_step {
    MONITOR_NOTHING,
    MONITOR_TAKEN,
    MONITOR_DONE,    /* taken, and record is complete */
    MONITOR_AGAIN,   /* record is as complete as it gets; the line was not taken: ask again */
    MONITOR_REMARK,  /* taken: the monitor's, about something else than a fault */
    MONITOR_STRANGE, /* the monitor's, but nothing that is understood here */
};

enum monitor_step monitor_lines_take(struct monitor_lines *lines, const char *line,
                                     uint64_t number);

/* At the end of the log: is there a record? */
bool monitor_lines_end(struct monitor_lines *lines);
