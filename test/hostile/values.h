// SPDX-License-Identifier: BSD-2-Clause
/* Words worth trying: odd numbers, addresses and capability addresses. */
#pragma once

#include "layout.h"

/* A number near an edge of something. Never one of the forbidden system calls. */
uint64_t value_odd(struct dice *dice);
/* An address of user level, often of a page that is mapped, sometimes odd. */
uint64_t value_address(struct dice *dice);
/* A slot of the workers' CNode that should hold this kind; any if there is none. */
unsigned value_slot(struct dice *dice, const struct shared *shared, enum kind kind);
/* A capability address for it, mostly. */
seL4_CPtr value_cap(struct dice *dice, const struct shared *shared, enum kind kind);
/* Whether the kernel's own documentation says that this call stops the machine, or it gives the
 * caller the machine (README.md). */
bool value_forbidden_call(uint64_t number);
/* A number for a system call. */
uint64_t value_call_number(struct dice *dice);
/* One message word, by its letter in methods.h. */
uint64_t value_argument(struct dice *dice, const struct shared *shared, char letter);
