// SPDX-License-Identifier: BSD-2-Clause
/*
 * Short ways through the kernel for the commonest system calls: fastpath.c.
 *
 * Called straight from the system call entry. If it is the case they are for, they
 * do all there is to do and go back to user mode without returning; if they return,
 * nothing has happened.
 */
#pragma once

#include "lib/base.h"

struct core;

void fast_call(struct core *core);
void fast_reply_recv(struct core *core);
void fast_send(struct core *core);
void fast_yield(struct core *core);
void fast_interrupt(struct core *core, unsigned irq);
void fast_unknown_syscall(struct core *core, word_t number);
