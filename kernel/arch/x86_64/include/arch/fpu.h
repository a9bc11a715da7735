// SPDX-License-Identifier: BSD-2-Clause
/*
 * x87 and SSE registers, switched lazily: a thread's stay in the processor until
 * another one uses the FPU, which CR0.TS makes known by a trap (#NM).
 *
 *   nobody's --use by t--> t's, on --switch to another--> t's, off --use by t--> t's, on
 *                              ^                             |
 *                              +------ use by u: save t, load u (owner u)
 *
 * With fpu=eager the registers are exchanged at the switch instead (no trap).
 */
#pragma once

#include "lib/base.h"

struct core;
struct tcb;

#define FPU_STATE_BYTES 576 /* legacy region and XSAVE header */

struct fpu_state {
    uint8_t bytes[FPU_STATE_BYTES] __attribute__((aligned(64)));
};

void fpu_init_core(struct core *core);

/* A fresh thread's registers, in zeroed memory. */
void fpu_init(struct fpu_state *state);

/* The thread is about to run. */
void fpu_switch(struct core *core, struct tcb *to);

/* #NM. False: the thread may not use the FPU. */
bool fpu_trap(struct core *core);

/* Its fpuDisabled flag may have changed. */
void fpu_flag_changed(struct tcb *tcb);

/* The thread goes away; its registers with it. */
void fpu_release(struct tcb *tcb);
