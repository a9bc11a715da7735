// SPDX-License-Identifier: BSD-2-Clause
/* Scheduling contexts get their time, threads everything they need to run. */
#pragma once
#include "job.h"

void threads_give_time(struct job *job);

/* Made ready, but not started. */
void threads_prepare(struct job *job);

/* In the order of the description, without those that are to stay suspended. */
void threads_start(struct job *job);
