// SPDX-License-Identifier: BSD-2-Clause
/*
 * Changing from one thread to another. The common way is inline, because the fast
 * paths are made of little else.
 */
#pragma once

#include "core/core.h"
#include "object/tcb.h"
#include <arch/features.h>
#include <arch/kernel_map.h>
#include <arch/task_state.h>

static_assert(offsetof(struct tcb, trap_all) - offsetof(struct tcb, context) == CONTEXT_TO_TRAP_ALL,
              "entry.S");

/* The thread runs next: its address space, bases, FPU and breakpoints take effect. */
void arch_switch_to(struct core *core, struct tcb *to);

/* Its VSpace capability was replaced. */
void arch_vspace_changed(struct tcb *tcb);

/* The saved context says what the thread's registers are, whether or not it is the current one;
 * after changing the context of one that is, reload. */
void arch_sync_context(struct tcb *tcb);
void arch_reload_context(struct tcb *tcb);

void arch_set_tls_base(struct tcb *tcb, word_t base);

/* The thread goes away: nothing in the processor refers to it any more. */
void arch_forget_thread(struct tcb *tcb);

/* Whether the fast paths are used at all. */
void arch_set_fastpath(struct core *core, bool on);

/* Back to user mode without returning to the caller; the kernel stack is given up. */
NORETURN void return_to_user(void);

ALWAYS_INLINE NORETURN void arch_leave_fast(struct core *core)
{
    (void)core;
    return_to_user();
}

/* The same when there may be nobody to run. */
NORETURN void arch_leave(struct core *core);

/* Runs in `root` from now on; NULL: in nothing but the kernel. */
ALWAYS_INLINE void arch_load_root(struct core *core, void *root)
{
    if (root != core->arch.loaded_root) {
        const paddr_t paddr = root == NULL ? kernel_root_paddr : virt_to_phys(root);

        core->arch.loaded_root = root;
        __asm__ volatile("movq %0, %%cr3" : : "r"(paddr) : "memory");
    }
}

/* ---- FS and GS bases; without the instructions they change only through the interface ---- */

/* In the kernel GS holds the kernel's base; the user's is the swapped one. */
ALWAYS_INLINE void bases_exchange(struct tcb *from, const struct tcb *to)
{
    word_t fs_base, gs_base;

    __asm__ volatile("rdfsbase %0" : "=r"(fs_base));
    from->context.fs_base = fs_base;
    __asm__ volatile("wrfsbase %0" : : "r"(to->context.fs_base));
    __asm__ volatile("swapgs; rdgsbase %0; wrgsbase %1; swapgs"
                     : "=&r"(gs_base)
                     : "r"(to->context.gs_base)
                     : "memory");
    from->context.gs_base = gs_base;
}

ALWAYS_INLINE void bases_write(const struct tcb *to)
{
    __asm__ volatile("wrfsbase %0" : : "r"(to->context.fs_base));
    __asm__ volatile("swapgs; wrgsbase %0; swapgs" : : "r"(to->context.gs_base) : "memory");
}

void bases_switch(struct core *core, struct tcb *to);

/* FPU, breakpoints, bases without the instructions: seldom anything to do. */
void arch_switch_extras(struct core *core, struct tcb *to);

/* The whole of it, from the current user thread to another whose root is known. */
ALWAYS_INLINE void arch_switch_user(struct core *core, struct tcb *from, struct tcb *to, void *root)
{
    core->arch.context = &to->context;
    core->arch.task_state->stack[0] = (word_t)(&to->context + 1);
    if (likely(root != core->arch.loaded_root)) {
        core->arch.loaded_root = root;
        __asm__ volatile("movq %0, %%cr3" : : "r"(virt_to_phys(root)) : "memory");
    }
    if (unlikely(core->arch.extras != 0)) {
        arch_switch_extras(core, to);
    } else {
        bases_exchange(from, to);
        core->arch.bases_of = to;
    }
}
