// SPDX-License-Identifier: BSD-2-Clause
#include <arch/fpu.h>

#include "core/core.h"
#include "object/tcb.h"
#include <arch/features.h>

#define CONTROL_WORD_OFFSET 0
#define CONTROL_WORD_RESET  0x37f
#define MXCSR_OFFSET        24
#define MXCSR_RESET         0x1f80
#define FEATURES            3 /* XCR0: x87 and SSE */
#define CR0_TS              BIT(3)

void fpu_init(struct fpu_state *state)
{
    *(uint16_t *)(void *)&state->bytes[CONTROL_WORD_OFFSET] = CONTROL_WORD_RESET;
    *(uint32_t *)(void *)&state->bytes[MXCSR_OFFSET] = MXCSR_RESET;
}

static void turn_on(struct core *core)
{
    if (!(core->arch.extras & EXTRA_FPU_ON)) {
        __asm__ volatile("clts");
        core->arch.extras |= EXTRA_FPU_ON;
    }
}

static void turn_off(struct core *core)
{
    word_t cr0;

    if (core->arch.extras & EXTRA_FPU_ON) {
        __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
        __asm__ volatile("movq %0, %%cr0" : : "r"(cr0 | CR0_TS));
        core->arch.extras &= ~(uint32_t)EXTRA_FPU_ON;
    }
}

/* Nobody owns the registers yet, so the first use must trap. */
BOOT_CODE void fpu_init_core(struct core *core)
{
    core->arch.extras |= EXTRA_FPU_ON;
    turn_off(core);
}

static void save(struct fpu_state *state)
{
    if (cpu_features.xsaveopt) {
        __asm__ volatile("xsaveopt64 %0" : "+m"(*state) : "a"(FEATURES), "d"(0));
    } else if (cpu_features.xsave) {
        __asm__ volatile("xsave64 %0" : "+m"(*state) : "a"(FEATURES), "d"(0));
    } else {
        __asm__ volatile("fxsave64 %0" : "+m"(*state));
    }
}

static void load(const struct fpu_state *state)
{
    if (cpu_features.xsave) {
        __asm__ volatile("xrstor64 %0" : : "m"(*state), "a"(FEATURES), "d"(0));
    } else {
        __asm__ volatile("fxrstor64 %0" : : "m"(*state));
    }
}

static void acquire(struct core *core, struct tcb *tcb)
{
    turn_on(core);
    if (core->arch.fpu_owner == tcb) {
        return;
    }
    if (core->arch.fpu_owner != NULL) {
        save(&core->arch.fpu_owner->fpu);
    }
    load(&tcb->fpu);
    core->arch.fpu_owner = tcb;
}

static bool may_use(const struct tcb *tcb)
{
    return !(tcb->flags & TCB_FLAG_FPU_DISABLED);
}

void fpu_switch(struct core *core, struct tcb *to)
{
    if ((core->arch.extras & EXTRA_FPU_EAGER) && may_use(to)) {
        acquire(core, to);
    } else if (core->arch.extras & EXTRA_FPU_ON) {
        turn_off(core);
    }
}

bool fpu_trap(struct core *core)
{
    if (!may_use(core->current)) {
        return false;
    }
    acquire(core, core->current);
    return true;
}

void fpu_flag_changed(struct tcb *tcb)
{
    struct core *core = this_core();

    if (tcb == core->current && !may_use(tcb)) {
        turn_off(core);
    } else if (tcb == core->current && (core->arch.extras & EXTRA_FPU_EAGER)) {
        acquire(core, tcb);
    }
}

void fpu_release(struct tcb *tcb)
{
    struct core *core = this_core();

    if (core->arch.fpu_owner == tcb) {
        core->arch.fpu_owner = NULL;
        turn_off(core);
    }
}
