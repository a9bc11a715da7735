// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the work of lib/ext4/test/support/cost.h costs the disk when Linux does it, in a machine.
 * Disks that are called "work" and "lookup_N" are images that cost_bench made.
 */
#pragma once

/* Prints `value` lines. */
int cost_run(void);
