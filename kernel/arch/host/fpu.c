// SPDX-License-Identifier: BSD-2-Clause
#include <arch/fpu.h>

#include "core/core.h"
#include "object/tcb.h"

void fpu_init(struct fpu_state *state)
{
    state->token = 0;
}

static bool may_use(const struct tcb *tcb)
{
    return !(tcb->flags & TCB_FLAG_FPU_DISABLED);
}

void fpu_switch(struct core *core, struct tcb *to)
{
    (void)to;
    core->arch.fpu_is_on = false;
}

bool fpu_trap(struct core *core)
{
    struct tcb *tcb = core->current;
    struct tcb *owner = core->arch.fpu_owner;

    if (!may_use(tcb)) {
        return false;
    }
    core->arch.fpu_is_on = true;
    if (owner != tcb) {
        if (owner != NULL) {
            owner->fpu.token = core->arch.fpu_token;
        }
        core->arch.fpu_token = tcb->fpu.token;
        core->arch.fpu_owner = tcb;
    }
    return true;
}

void fpu_flag_changed(struct tcb *tcb)
{
    if (tcb == this_core()->current && !may_use(tcb)) {
        this_core()->arch.fpu_is_on = false;
    }
}

void fpu_release(struct tcb *tcb)
{
    struct core *core = this_core();

    if (core->arch.fpu_owner == tcb) {
        core->arch.fpu_owner = NULL;
        core->arch.fpu_is_on = false;
    }
}
