// SPDX-License-Identifier: BSD-2-Clause
/* The domain schedule. */
#pragma once
#include "job.h"

void domains_write(struct job *job);

/* From here on the initialiser may never run again: its own domain need not be in the schedule. */
void domains_begin(struct job *job);
