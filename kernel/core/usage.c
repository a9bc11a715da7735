// SPDX-License-Identifier: BSD-2-Clause
#include "core/usage.h"

#include <arch/switch.h>

void usage_count_entry(struct core *core)
{
    core->usage_entered = clock_now();
    core->usage_entered_by = core->current;
}

void usage_count_exit(struct core *core)
{
    struct tcb *tcb = core->usage_entered_by;

    if (tcb == NULL) {
        return;
    }
    uint64_t cycles = clock_now() - core->usage_entered;

    tcb->usage.kernel_cycles += cycles;
    tcb->usage.kernel_entries++;
    core->usage_total.kernel_cycles += cycles;
    core->usage_total.kernel_entries++;
    core->usage_entered_by = NULL;
}

static void count_run(struct core *core, ticks_t now)
{
    uint64_t cycles = now - core->usage_last;

    core->current->usage.cycles += cycles;
    core->usage_total.cycles += cycles;
    core->usage_last = now;
}

void usage_count_switch(struct core *core, struct tcb *to)
{
    count_run(core, clock_now());
    to->usage.schedules++;
    core->usage_total.schedules++;
}

void usage_reset(struct core *core, struct tcb *tcb)
{
    tcb->usage = (struct tcb_usage){.idle_at_reset = core->idle->usage.cycles};
}

void usage_start(struct core *core)
{
    core->usage_on = true;
    arch_set_fastpath(core, false); /* fast paths do not count */
    core->usage_last = clock_now();
    core->usage_total = (struct usage_totals){0};
    core->usage_entered_by = NULL;
    core->idle->usage = (struct tcb_usage){0};
    usage_reset(core, core->current);
}

void usage_stop(struct core *core)
{
    if (core->usage_on) {
        count_run(core, clock_now());
    }
    core->usage_on = false;
    arch_set_fastpath(core, core->fastpath_allowed);
}

void usage_read(struct core *core, struct tcb *tcb, word_t words[USAGE_WORDS])
{
    const struct tcb_usage *idle = &core->idle->usage;
    const struct usage_totals *total = &core->usage_total;

    if (core->usage_on) {
        count_run(core, clock_now());
    }
    const word_t values[USAGE_WORDS] = {tcb->usage.cycles,
                                        tcb->usage.schedules,
                                        tcb->usage.kernel_cycles,
                                        tcb->usage.kernel_entries,
                                        idle->cycles,
                                        idle->cycles - tcb->usage.idle_at_reset,
                                        idle->schedules,
                                        idle->kernel_cycles,
                                        idle->kernel_entries,
                                        total->cycles,
                                        total->schedules,
                                        total->kernel_cycles,
                                        total->kernel_entries};

    for (unsigned i = 0; i < USAGE_WORDS; i++) {
        words[i] = values[i];
    }
}
