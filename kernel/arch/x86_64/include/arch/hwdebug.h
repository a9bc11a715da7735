// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hardware breakpoints and single stepping of user threads: DR0-DR3, DR7 and
 * RFLAGS.TF (Intel SDM 3B 17.2). Methods and faults exist in profiles with
 * hwdebug:1; in others #DB and #BP are user exceptions.
 */
#pragma once

#include "lib/base.h"

#define HWDEBUG_BREAKPOINTS 4

struct core;
struct tcb;

struct hwdebug_state {
    vaddr_t address[HWDEBUG_BREAKPOINTS];
    word_t control; /* DR7; 0: no breakpoint is enabled */
    word_t steps;   /* instructions to a single-step fault; 0: off */
};

/* The thread is about to run. */
void hwdebug_switch(struct core *core, struct tcb *to);

/* #DB and #BP from user mode. */
void hwdebug_trap(struct core *core);
void hwdebug_break(struct core *core);

/* A fault after so many more instructions; 0: none. */
void hwdebug_set_single_step(struct tcb *tcb, word_t steps);

/* The thread goes away. */
void hwdebug_release(struct tcb *tcb);
