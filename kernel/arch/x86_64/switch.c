// SPDX-License-Identifier: BSD-2-Clause
#include <arch/switch.h>

#include "descriptors.h"
#include "features.h"
#include "msr.h"
#include "object/vspace.h"
#include <arch/kernel_map.h>

void arch_load_root(struct core *core, void *root)
{
    if (root != core->arch.loaded_root) {
        paddr_t paddr = root == NULL ? kernel_root_paddr : virt_to_phys(root);

        core->arch.loaded_root = root;
        __asm__ volatile("movq %0, %%cr3" : : "r"(paddr) : "memory");
    }
}

/* ---- FS and GS bases ---- */

/* In the kernel GS holds the kernel's base; the user's is the swapped one. */
static word_t read_user_gs_base(void)
{
    word_t base;

    __asm__ volatile("swapgs; rdgsbase %0; swapgs" : "=r"(base) : : "memory");
    return base;
}

static void write_user_gs_base(word_t base)
{
    __asm__ volatile("swapgs; wrgsbase %0; swapgs" : : "r"(base) : "memory");
}

static void save_bases(struct tcb *tcb)
{
    /* Without the instructions user code cannot have changed them. */
    if (cpu_features.fsgsbase) {
        __asm__ volatile("rdfsbase %0" : "=r"(tcb->context.fs_base));
        tcb->context.gs_base = read_user_gs_base();
    }
}

static void load_bases(const struct tcb *tcb)
{
    if (cpu_features.fsgsbase) {
        __asm__ volatile("wrfsbase %0" : : "r"(tcb->context.fs_base));
        write_user_gs_base(tcb->context.gs_base);
    } else {
        msr_write(MSR_FS_BASE, tcb->context.fs_base);
        msr_write(MSR_KERNEL_GS_BASE, tcb->context.gs_base);
    }
}

static void switch_bases(struct core *core, struct tcb *to)
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

void arch_vspace_changed(struct tcb *tcb)
{
    if (tcb == this_core()->current) {
        arch_load_root(this_core(), vspace_root_table(tcb->slots[TCB_SLOT_VSPACE].cap));
    }
}

void arch_switch_to_root(struct core *core, struct tcb *to, void *root)
{
    core->arch.context = &to->context;
    descriptors_set_kernel_stack((word_t)(&to->context + 1));
    arch_load_root(core, root);
    switch_bases(core, to);
    fpu_switch(core, to);
    hwdebug_switch(core, to);
}

void arch_switch_to(struct core *core, struct tcb *to)
{
    if (to == core->idle) {
        return; /* whatever is loaded may stay until somebody else runs */
    }
    arch_switch_to_root(core, to, vspace_root_table(to->slots[TCB_SLOT_VSPACE].cap));
}

void arch_forget_thread(struct tcb *tcb)
{
    if (this_core()->arch.bases_of == tcb) {
        this_core()->arch.bases_of = NULL;
    }
}
