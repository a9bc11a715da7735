// SPDX-License-Identifier: BSD-2-Clause
/*
 * Preemption points of long operations.
 *
 * A long operation counts the work it does; about every PREEMPTION_WORK
 * instructions it looks whether an interrupt is pending or the caller's time is
 * up, and if so gives up. The caller's system call is then repeated later.
 */
#pragma once

#include "lib/base.h"

enum progress { PROGRESS_DONE, PROGRESS_PREEMPTED };

/* Work between two looks, in rough instruction counts: small against the 20,000 instructions of
 * interrupt latency that are promised, large against the cost of a look. */
#define PREEMPTION_WORK 4000

/* Reports that about `instructions` were spent; true: stop now. */
bool preemption_point(unsigned instructions) MUST_USE;
