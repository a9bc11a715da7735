// SPDX-License-Identifier: BSD-2-Clause
/* Address spaces: their numbers, what is in their frames, what is mapped where. */
#pragma once
#include "job.h"

void spaces_assign(struct job *job);

/* First contents of frames; all other bytes are 0 from the kernel. */
void spaces_fill(struct job *job);

/* Page tables and frames, in the order of the description. */
void spaces_map(struct job *job);
