// SPDX-License-Identifier: BSD-2-Clause
/* Verdicts and figures for tool/runner, over the second serial port. */
#pragma once

#include <sel4/sel4.h>

void report_init(const seL4_BootInfo *info);
void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void report_end(void);
