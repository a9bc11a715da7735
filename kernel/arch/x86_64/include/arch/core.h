// SPDX-License-Identifier: BSD-2-Clause
/* A core's state that only the architecture knows; found through GS while in the kernel. */
#pragma once

#include "lib/base.h"
#include <arch/context_offsets.h>

struct core;
struct tcb;
struct task_state;
struct user_context;

enum switch_extra {
    EXTRA_FPU_ON = 1,      /* CR0.TS is clear: the current thread is using its registers */
    EXTRA_FPU_EAGER = 2,   /* fpu=eager */
    EXTRA_BREAKPOINTS = 4, /* a thread has set one, some time */
    EXTRA_SLOW_BASES = 8,  /* no FSGSBASE instructions */
};

struct core_arch {
    struct core *self;
    struct user_context *context; /* of the current thread: where entry.S saves and restores */
    word_t kernel_stack;          /* top */
    word_t scratch;               /* entry.S: the user's stack pointer for a moment */
    unsigned number;
    int pending_vector;    /* taken while the kernel waited for it, -1: none */
    void *loaded_root;     /* the address space in CR3 */
    struct tcb *bases_of;  /* whose FS and GS bases are in the processor */
    struct tcb *fpu_owner; /* whose registers are in the FPU */
    uint32_t extras;       /* enum switch_extra: what a switch has to do besides the usual */
    struct tcb *debug_of;  /* whose breakpoints are in the debug registers */
    struct task_state *task_state;
    bool no_fast_interrupt; /* the fast paths are off */
};

static_assert(offsetof(struct core_arch, self) == CORE_SELF, "entry.S");
static_assert(offsetof(struct core_arch, context) == CORE_CONTEXT, "entry.S");
static_assert(offsetof(struct core_arch, kernel_stack) == CORE_KERNEL_STACK, "entry.S");
static_assert(offsetof(struct core_arch, scratch) == CORE_SCRATCH, "entry.S");

static inline struct core *this_core(void)
{
    struct core *core;

    __asm__("movq %%gs:%c1, %0" : "=r"(core) : "i"(CORE_SELF));
    return core;
}
