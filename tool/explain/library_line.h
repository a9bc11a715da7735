// SPDX-License-Identifier: BSD-2-Clause
/*
 * What lib/microkit prints, where the kernel can print, instead of a request that it does not make:
 * "NAME microkit_notify: not possible on channel '9'". It is no fault, and the component goes on.
 */
#pragma once

#include "record.h"

/* Why the library is about to stop a component: a refused request, an assertion, a missing
 * function. Copies name and line. */
bool library_line_last_words(struct record *record, const char *line, uint64_t number);

/* Is the line one of those? Fills the record as if the kernel had been asked. */
bool library_line_read(struct record *record, const char *line, uint64_t number);
