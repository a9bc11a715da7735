// SPDX-License-Identifier: BSD-2-Clause
/*
 * The debug kernel's line about a refused invocation (docs/kernel/reports.md): its caller was told
 * and went on, so that it is no fault, but may be the reason of one.
 */
#pragma once

#include "record.h"

bool refused_line_read(struct record *record, const char *line, uint64_t number);
