// SPDX-License-Identifier: BSD-2-Clause
/* Callers, found without frame pointers. Private to the library. */
#pragma once

#include <explain/explain.h>

/* Fills the trace, which begins at the program counter that the facts have. */
void trace_find(struct explain_facts *facts);

/* The function of a place is this one, or a part that a compiler made of it. */
bool trace_is_in(const struct explain_place *place, const char *function);
