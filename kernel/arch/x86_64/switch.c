// SPDX-License-Identifier: BSD-2-Clause
#include <arch/switch.h>

#include "descriptors.h"
#include "msr.h"
#include "object/vspace.h"
#include <arch/features.h>

static void save_bases(struct tcb *tcb)
{
    if (cpu_features.fsgsbase) {
        __asm__ volatile("rdfsbase %0" : "=r"(tcb->context.fs_base));
        __asm__ volatile("swapgs; rdgsbase %0; swapgs" : "=r"(tcb->context.gs_base) : : "memory");
    }
}

static void load_bases(const struct tcb *tcb)
{
    if (cpu_features.fsgsbase) {
        bases_write(tcb);
    } else {
        msr_write(MSR_FS_BASE, tcb->context.fs_base);
        msr_write(MSR_KERNEL_GS_BASE, tcb->context.gs_base);
    }
}

void bases_switch(struct core *core, struct tcb *to)
{
    if (core->arch.bases_of == to) {
        return;
    }
    if (core->arch.bases_of != NULL) {
        save_bases(core->arch.bases_of);
    }
    load_bases(to);
    core->arch.bases_of = to;
}

void arch_switch_extras(struct core *core, struct tcb *to)
{
    bases_switch(core, to);
    fpu_switch(core, to);
    hwdebug_switch(core, to);
}

void arch_sync_context(struct tcb *tcb)
{
    if (this_core()->arch.bases_of == tcb) {
        save_bases(tcb);
    }
    context_settle(&tcb->context);
}

void arch_reload_context(struct tcb *tcb)
{
    if (this_core()->arch.bases_of == tcb) {
        load_bases(tcb);
    }
}

void arch_set_tls_base(struct tcb *tcb, word_t base)
{
    arch_sync_context(tcb);
    tcb->context.fs_base = context_canonical(base);
    arch_reload_context(tcb);
}

/* ---- the whole of it ---- */

void arch_set_fastpath(struct core *core, bool on)
{
    msr_write(MSR_LSTAR, on ? (word_t)syscall_entry : (word_t)syscall_entry_slow);
    core->arch.no_fast_interrupt = !on;
}

void arch_vspace_changed(struct tcb *tcb)
{
    if (tcb == this_core()->current) {
        arch_load_root(this_core(), tcb_find_root(tcb));
    }
}

void arch_switch_to(struct core *core, struct tcb *to)
{
    if (to == core->idle) {
        return; /* whatever is loaded may stay until somebody else runs */
    }
    core->arch.context = &to->context;
    core->arch.task_state->stack[0] = (word_t)(&to->context + 1);
    arch_load_root(core, tcb_find_root(to));
    arch_switch_extras(core, to);
}

void arch_forget_thread(struct tcb *tcb)
{
    if (this_core()->arch.bases_of == tcb) {
        this_core()->arch.bases_of = NULL;
    }
}
