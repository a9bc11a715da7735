// SPDX-License-Identifier: BSD-2-Clause
/* Starts components as processes of this same program, and ends them. */
#pragma once
#include "bench/linux_baseline/shared.h"
#include <sys/types.h>

/* `arguments`: at most three words after the program's name, then null. Ends the program if the
 * process cannot be started. */
pid_t launch(const char *const *arguments);
void end_process(pid_t pid);

/* The scenes without faults, printed as they are measured; each with processes and memory of its
 * own. */
void run_scenes(unsigned long iterations);
