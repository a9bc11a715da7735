// SPDX-License-Identifier: BSD-2-Clause
/* The simulated processor. What a real one keeps in registers is here. */
#pragma once

#include "lib/base.h"

struct core;
struct tcb;

struct core_arch {
    unsigned number;
    void *loaded_root;       /* the address space in use, NULL: only the kernel's */
    struct tcb *bases_of;    /* whose FS and GS bases are loaded */
    word_t fs_base, gs_base; /* the loaded ones */
    struct tcb *fpu_owner;   /* whose FPU registers are loaded */
    uint64_t fpu_token;      /* all that is left of those registers */
    bool no_fast_interrupt;  /* the fast paths are off */
    bool fpu_is_on;          /* the current thread may use them without a trap */
};

extern struct core *host_core;

static inline struct core *this_core(void)
{
    return host_core;
}
