// SPDX-License-Identifier: BSD-2-Clause
#include "core/preemption.h"

#include "core/sched.h"
#include <arch/irq_controller.h>

bool preemption_point(unsigned instructions)
{
    struct core *core = this_core();

    core->work += instructions;
    if (core->work < PREEMPTION_WORK) {
        return false;
    }
    core->work = 0;
    sched_enter(core);
    return irqc_pending() || !sched_time_is_left(core);
}
