// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who used the processor: the benchmark config's counters. In other configs the
 * calls compile to nothing.
 *
 * The time of a kernel entry goes to the thread that was current when it began.
 */
#pragma once

#include "core/core.h"
#include "object/tcb.h"
#include <arch/clock.h>

void usage_count_entry(struct core *core);
void usage_count_exit(struct core *core);
void usage_count_switch(struct core *core, struct tcb *to);

static inline void usage_enter(struct core *core)
{
    if (CONFIG_BENCHMARK && core->usage_on) {
        usage_count_entry(core);
    }
}

static inline void usage_exit(struct core *core)
{
    if (CONFIG_BENCHMARK && core->usage_on) {
        usage_count_exit(core);
    }
}

static inline void usage_switch(struct core *core, struct tcb *to)
{
    if (CONFIG_BENCHMARK && core->usage_on) {
        usage_count_switch(core, to);
    }
}

/* BenchmarkResetLog and BenchmarkFinalizeLog. */
void usage_start(struct core *core);
void usage_stop(struct core *core);

#define USAGE_WORDS 13

/* The thread's and the core's counters in the order of the interface. */
void usage_read(struct core *core, struct tcb *tcb, word_t words[USAGE_WORDS]);
void usage_reset(struct core *core, struct tcb *tcb);
