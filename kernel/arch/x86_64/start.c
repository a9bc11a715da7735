// SPDX-License-Identifier: BSD-2-Clause
/* The first core's state, and the step from booting to the initial thread. */
#include <arch/boot.h>

#include <abi/bootinfo.h>

#include "core/derivation.h"
#include "core/sched.h"
#include "descriptors.h"
#include "msr.h"
#include "paging.h"
#include "trap.h"
#include <arch/clock.h>
#include <arch/features.h>
#include <arch/switch.h>

struct system sys;
static struct core first_core;
static struct tcb idle_thread;

BOOT_CODE struct core *arch_boot_core(const struct options *options)
{
    first_core.arch.self = &first_core;
    first_core.arch.kernel_stack = (word_t)kernel_stack_top;
    first_core.arch.task_state = descriptors_task_state();
    first_core.arch.extras =
        (cpu_features.fsgsbase ? 0 : EXTRA_SLOW_BASES) | (options->fpu_eager ? EXTRA_FPU_EAGER : 0);
    fpu_init_core(&first_core);
    first_core.idle = &idle_thread;
    first_core.fastpath_allowed = !options->fastpath_off;
    arch_set_fastpath(&first_core, first_core.fastpath_allowed);
    msr_write(MSR_GS_BASE, (word_t)&first_core);
    msr_write(MSR_KERNEL_GS_BASE, 0);
    return &first_core;
}

BOOT_CODE void arch_boot_control_caps(struct slot *cnode)
{
    slot_insert_root(&cnode[SLOT_IO_PORT_CONTROL], (struct cap){.type = CAP_IO_PORT_CONTROL});
}

NOINLINE void arch_boot_done(void)
{
    struct core *core = this_core();

    paging_finish_boot();
    core->now = clock_now();
    core->charge_start = core->now;
    sched_exit(core);
    return_to_user();
}
