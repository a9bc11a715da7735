// SPDX-License-Identifier: BSD-2-Clause
/* Changing from one thread to another. */
#pragma once

#include "core/core.h"
#include "object/tcb.h"

/* The thread runs next: its address space, bases and FPU take effect. */
void arch_switch_to(struct core *core, struct tcb *to);

/* Its VSpace capability was replaced. */
void arch_vspace_changed(struct tcb *tcb);

/* Runs in `root` from now on; NULL: in nothing but the kernel. */
void arch_load_root(struct core *core, void *root);

/* The saved context says what the thread's registers are; after changing it, reload. */
void arch_sync_context(struct tcb *tcb);
void arch_reload_context(struct tcb *tcb);

void arch_set_tls_base(struct tcb *tcb, word_t base);

/* The same from the current user thread to another whose root is known. */
void arch_switch_user(struct core *core, struct tcb *from, struct tcb *to, void *root);

/* Whether the fast paths are used at all. */
void arch_set_fastpath(struct core *core, bool on);

/* Back to user mode, which is the function of host.h that entered the kernel, without returning to
 * the caller; the second when there may be nobody to run. */
NORETURN void arch_leave_fast(struct core *core);
NORETURN void arch_leave(struct core *core);

/* The thread goes away: nothing in the processor refers to it any more. */
void arch_forget_thread(struct tcb *tcb);
