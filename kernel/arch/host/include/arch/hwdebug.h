// SPDX-License-Identifier: BSD-2-Clause
/* The simulated processor has no breakpoints; single steps are only counted. */
#pragma once

#include "lib/base.h"

struct tcb;

struct hwdebug_state {
    word_t steps; /* instructions to a single-step fault; 0: off */
};

void hwdebug_set_single_step(struct tcb *tcb, word_t steps);
void hwdebug_release(struct tcb *tcb);
