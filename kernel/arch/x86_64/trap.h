// SPDX-License-Identifier: BSD-2-Clause
/* What entry.S calls, and where it goes on. */
#pragma once

#include "lib/base.h"

struct user_context;

void trap_syscall(word_t number);
void trap_from_user(unsigned vector);
void trap_from_kernel(unsigned vector, struct user_context *frame);

/* An exception in the kernel itself: a bug. */
NORETURN void trap_panic(unsigned vector, const struct user_context *frame);

/* Loads the current thread; only at boot, everything else returns to entry.S. */
NORETURN void return_to_user(void);
