// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fast and slow path have the same effect: a sequence is performed twice, with the fast
 * paths on and off, and after every step both machines must be in the same state. The
 * first run leaves a number for each step, the second compares; where the numbers
 * differ, both are run once more to that step and their states listed.
 */
#pragma once

#include "fuzz.h"

/* After step `step`, in the process that runs the sequence. Ends the second run at a difference. */
void compare_step(unsigned step);

/* In the parent: a sequence whose setting says so, and that has run well, is run for the second
 * time by `start`, which is called for each process that is needed. */
void compare_paths(struct run *r, void (*start)(struct run *r));
