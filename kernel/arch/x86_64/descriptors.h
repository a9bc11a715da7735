// SPDX-License-Identifier: BSD-2-Clause
/*
 * Segments, interrupt gates, task state and the system call entry of a core.
 *
 * Selector order is dictated by SYSCALL (kernel code, then kernel data) and
 * SYSRET (user data, then user code).
 */
#pragma once

#include "lib/base.h"
#include "selectors.h"

/* Interrupt stack table entries of the events that can hit at any instruction. A debug exception
 * held off by `mov ss` hits the first one of `syscall`, with the user's stack pointer. */
enum { IST_NMI = 1, IST_DOUBLE_FAULT = 2, IST_MACHINE_CHECK = 3, IST_DEBUG = 4, IST_COUNT = 4 };

/* Entry points of all 256 vectors and of `syscall`: entry.S. */
extern const word_t trap_stub_address[256];
void syscall_entry(void);
void syscall_entry_slow(void); /* never takes a fast path */
void syscall_entry_stray(void);

/*
 * Loads all of it on the running core. Gates from first_soft_vector up, and
 * vector 3, may be called by `int` in user mode; the others are for the
 * hardware.
 */
void descriptors_init_core(unsigned first_soft_vector);

/* The running core's task state (arch/task_state.h). */
struct task_state *descriptors_task_state(void);
