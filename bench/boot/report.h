// SPDX-License-Identifier: BSD-2-Clause
/* What the task says, on the second serial port. */
#pragma once

#include <sel4/sel4.h>

void report_init(seL4_CPtr first_free_slot);
void report_value(const char *name, const char *of, seL4_Word instructions);
/* The figures cannot be had here; the reason, as one line. */
void report_skip(const char *why);
void report_fail(const char *why);
_Noreturn void report_done(void);
