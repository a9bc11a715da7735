// SPDX-License-Identifier: BSD-2-Clause
#include "object/sched_control.h"

#include <abi/limits.h>

#include "core/invocation.h"
#include "core/sched.h"
#include "object/sched_context.h"
#include <arch/clock.h>

ticks_t min_budget_ticks;
uint64_t max_period_us;

void sched_control_init(void)
{
    min_budget_ticks = clock_from_us(MIN_BUDGET_US);
    max_period_us = ~0ull / clock_from_us(1) / 8;
}

struct parameters {
    struct sched_context *sc;
    uint64_t budget_us, period_us;
    word_t refill_max;
    word_t badge;
    bool sporadic;
    uint32_t core;
};

static void configure(const struct parameters *p)
{
    struct core *core = this_core();
    struct sched_context *sc = p->sc;
    struct tcb *tcb = sc->tcb;
    ticks_t budget = clock_from_us(p->budget_us);
    ticks_t period = p->budget_us == p->period_us ? 0 : clock_from_us(p->period_us);

    if (sc == core->sched_context) {
        sched_commit_time(core);
    }
    if (tcb != NULL) {
        sched_dequeue(tcb);
    }
    if (sched_context_is_active(sc) && sc->core == p->core && tcb != NULL && tcb_is_runnable(tcb)) {
        refill_reconfigure(sc, budget, period, p->refill_max);
    } else {
        refill_configure(sc, budget, period, p->refill_max);
    }
    sc->core = p->core;
    core->deadline_changed = true;
    if (tcb != NULL) {
        tcb->core = (uint8_t)p->core;
        sched_context_resume(sc);
        if (sched_is_schedulable(tcb) && tcb != core->current) {
            sched_wake(tcb);
        } else if (tcb == core->current) {
            sched_reschedule(core);
        }
    }
    sc->badge = p->badge;
    sc->sporadic = p->sporadic;
}

static enum status refuse_time(struct invocation *inv)
{
    return refuse_range(inv, MIN_BUDGET_US, max_period_us);
}

enum status decode_sched_control(struct invocation *inv)
{
    if (inv->method != METHOD_SCHED_CONTROL_CONFIGURE_FLAGS) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (inv_lacks(inv, 5, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    const struct cap target = inv_extra(inv, 0);
    const word_t extra_refills = inv_argument(inv, 2);
    struct parameters p = {.sc = cap_object(target),
                           .budget_us = inv_argument(inv, 0),
                           .period_us = inv_argument(inv, 1),
                           .badge = inv_argument(inv, 3),
                           .sporadic = inv_argument(inv, 4) & SCHED_CONTEXT_FLAG_SPORADIC,
                           .core = (uint32_t)inv->cap.data};

    if (p.budget_us > max_period_us || p.period_us > max_period_us ||
        clock_from_us(p.budget_us) < min_budget_ticks ||
        clock_from_us(p.period_us) < min_budget_ticks) {
        return refuse_time(inv);
    }
    if (p.budget_us > p.period_us) {
        return refuse_range(inv, MIN_BUDGET_US, p.period_us);
    }
    if (target.type != CAP_SCHED_CONTEXT) {
        return refuse_capability(inv, 1);
    }
    const word_t max_extra = sched_context_refill_limit(target.bits) - MIN_REFILLS;

    if (extra_refills > max_extra) {
        return refuse_range(inv, 0, max_extra);
    }
    p.refill_max = p.budget_us == p.period_us ? MIN_REFILLS : MIN_REFILLS + extra_refills;
    configure(&p);
    return STATUS_OK;
}
