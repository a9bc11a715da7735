// SPDX-License-Identifier: BSD-2-Clause
/* The simulated interrupt controller: a set of pending numbers. */
#pragma once

#include "lib/base.h"

/* True if an interrupt waits, or if the harness says so (host_hooks.preempt). */
bool irqc_pending(void);
