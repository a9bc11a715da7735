// SPDX-License-Identifier: BSD-2-Clause
/* The right to hand out a core's time: one capability per core, made at boot. */
#pragma once

#include "lib/base.h"

/* MIN_BUDGET_US in ticks: the smallest budget and period. */
extern ticks_t min_budget_ticks;
extern uint64_t max_period_us;

/* Once the clock's rate is known. */
void sched_control_init(void);
