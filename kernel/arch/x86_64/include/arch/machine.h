// SPDX-License-Identifier: BSD-2-Clause
/* The machine as a whole, and what debug calls ask of it. */
#pragma once

#include "lib/base.h"

struct tcb;
struct user_context;

/* Stops for good; under an emulator that listens, with an exit status (exit_port=). */
NORETURN void machine_halt(void);

void machine_flush_caches(void);

/* The SetTLSBase system call: a base the processor could not hold is ignored. */
void machine_set_own_tls_base(struct tcb *tcb, word_t base);

/* Calls that only this architecture has. False: not one of them. */
bool machine_debug_call(struct tcb *tcb, word_t number);

/* A user thread's registers, for reports. */
void machine_print_context(const struct user_context *context);

/* Words for reports: a user exception; what a memory access wanted, and why it could not. */
const char *machine_exception_name(word_t number);
const char *machine_access_name(word_t status, bool is_fetch);
const char *machine_refusal_name(word_t status);

/* Return addresses on the kernel stack, for panics. */
void machine_print_kernel_stack(void);
