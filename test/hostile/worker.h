// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the workers do for ever: one random thing after the other.
 *
 * They run in address spaces where of the task's image only code and constants
 * are mapped, read-only: no variables outside the worker's own pages, no
 * thread-local storage.
 */
#pragma once

#include "layout.h"

/* Where a worker starts, and starts again after most faults. */
_Noreturn void worker_begin(struct worker *worker);
