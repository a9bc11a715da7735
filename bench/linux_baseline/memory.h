// SPDX-License-Identifier: BSD-2-Clause
/* What the three processes cost in memory, as the kernel counts it. */
#pragma once

/* Prints memory.*; README.md lists them. */
void run_memory(void);
