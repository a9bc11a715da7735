// SPDX-License-Identifier: BSD-2-Clause
/*
 * An FPU whose registers are one number, the token. It is switched lazily as on a
 * real processor, so a test that sees a thread's token in another thread, or loses
 * one, has found a bug in who is told when.
 */
#pragma once

#include "lib/base.h"

struct core;
struct tcb;

struct fpu_state {
    uint64_t token; /* while the thread is not the owner */
};

void fpu_init(struct fpu_state *state);
void fpu_switch(struct core *core, struct tcb *to);

/* The current thread uses the FPU while it is off. False: it may not. */
bool fpu_trap(struct core *core);

void fpu_flag_changed(struct tcb *tcb);
void fpu_release(struct tcb *tcb);
