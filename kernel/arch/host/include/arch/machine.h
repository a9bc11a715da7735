// SPDX-License-Identifier: BSD-2-Clause
/* The machine as a whole, and what debug calls ask of it. */
#pragma once

#include "lib/base.h"

struct tcb;
struct user_context;

/* Ends the process, or goes to the harness (host_hooks.stop). */
NORETURN void machine_halt(void);

void machine_flush_caches(void);
void machine_set_own_tls_base(struct tcb *tcb, word_t base);
bool machine_debug_call(struct tcb *tcb, word_t number);
void machine_print_context(const struct user_context *context);

/* Words for reports: a user exception; what a memory access wanted, and why it could not. */
const char *machine_exception_name(word_t number);
const char *machine_access_name(word_t status, bool is_fetch);
const char *machine_refusal_name(word_t status);
void machine_print_kernel_stack(void);
