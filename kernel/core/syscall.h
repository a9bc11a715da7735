// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's entries, one per reason to leave user mode. Each runs to the end,
 * leaves the thread to go on with in core->current and returns; the architecture
 * then loads that thread, or waits for an interrupt if it is the idle thread.
 */
#pragma once

#include "core/fault.h"
#include "lib/base.h"

struct core;
struct slot;

/* The current thread made a system call; arguments are in its context. */
void kernel_syscall(word_t number);

/* It is a call to what is in `slot`, and nothing is counted (usage.h): for the fast path. */
void kernel_call_object(struct core *core, struct slot *slot);

/* The current thread did something that is a fault. */
void kernel_fault(struct fault fault);

/* The same for what has happened already and does not happen again when the thread goes on: it is
 * told even if no budget is left, which is charged afterwards. */
void kernel_fault_at_once(struct fault fault);

/* An interrupt arrived, with user code or nothing running. */
void kernel_interrupt(unsigned irq);

/* Debug and benchmark system calls (debug_calls.c). False: no such call in this profile. */
bool debug_syscall(word_t number);
