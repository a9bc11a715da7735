// SPDX-License-Identifier: BSD-2-Clause
#include <arch/switch.h>

#include "arch/host/host_priv.h"
#include "object/vspace.h"

void arch_load_root(struct core *core, void *root)
{
    if (root != core->arch.loaded_root) {
        core->arch.loaded_root = root;
        host_tlb_reset();
    }
}

static void save_bases(struct tcb *tcb)
{
    tcb->context.fs_base = this_core()->arch.fs_base;
    tcb->context.gs_base = this_core()->arch.gs_base;
}

static void load_bases(const struct tcb *tcb)
{
    this_core()->arch.fs_base = tcb->context.fs_base;
    this_core()->arch.gs_base = tcb->context.gs_base;
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

void arch_vspace_changed(struct tcb *tcb)
{
    if (tcb == this_core()->current) {
        arch_load_root(this_core(), tcb_find_root(tcb));
    }
}

static void switch_to_root(struct core *core, struct tcb *to, void *root)
{
    arch_load_root(core, root);
    if (core->arch.bases_of != to) {
        if (core->arch.bases_of != NULL) {
            save_bases(core->arch.bases_of);
        }
        load_bases(to);
        core->arch.bases_of = to;
    }
    fpu_switch(core, to);
}

void arch_switch_to(struct core *core, struct tcb *to)
{
    if (to != core->idle) {
        switch_to_root(core, to, tcb_find_root(to));
    }
}

void arch_switch_user(struct core *core, struct tcb *from, struct tcb *to, void *root)
{
    assert(core->arch.bases_of == from && root != NULL);
    assert(root == vspace_root_table(to->slots[TCB_SLOT_VSPACE].cap));
    (void)from;
    switch_to_root(core, to, root);
}

void arch_set_fastpath(struct core *core, bool on)
{
    core->arch.no_fast_interrupt = !on;
}

void arch_forget_thread(struct tcb *tcb)
{
    if (this_core()->arch.bases_of == tcb) {
        this_core()->arch.bases_of = NULL;
    }
}
