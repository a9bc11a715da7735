// SPDX-License-Identifier: BSD-2-Clause
/*
 * The debug kernel's fault block (docs/kernel/reports.md), line by line. Lines that are none of its
 * own may stand between; what is missing makes the record torn.
 *
 *      ┌──── "fault: thread" ────┐
 *      │                         v
 *   closed <── "end of fault", ─ open
 *              too many lines,
 *              the next fault, the end of the log
 */
#pragma once

#include "record.h"

struct kernel_block {
    bool open;
    unsigned lines, rows; /* since it began; of its stack */
    bool in_stack, stack_ended;
    struct record record;
};

enum kernel_block_step {
    KERNEL_BLOCK_NOTHING, /* the line is none of the block's */
    KERNEL_BLOCK_TAKEN,
    KERNEL_BLOCK_DONE,  /* taken, and record is complete */
    KERNEL_BLOCK_AGAIN, /* record is as complete as it gets; the line was not taken: ask again */
};

enum kernel_block_step kernel_block_line(struct kernel_block *block, const char *line,
                                         uint64_t number);

/* At the end of the log: is there a record? */
bool kernel_block_end(struct kernel_block *block);
