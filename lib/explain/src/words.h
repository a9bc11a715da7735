// SPDX-License-Identifier: BSD-2-Clause
/* Names and sentences of causes. Private to the library. */
#pragma once

#include <explain/explain.h>

/* What the component did not get away with: "used a null pointer". */
const char *words_cause(enum explain_cause cause);

/* "code", "stack", "memory region": what a mapping is to its component. */
const char *words_mapping(const struct system_mapping *mapping);

/* What was done with the capability of a message: "to send to". */
const char *words_phase(const struct explain_question *question);
