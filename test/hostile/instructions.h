// SPDX-License-Identifier: BSD-2-Clause
/* Instructions that user code should not, may hardly or seldom does run. */
#pragma once

#include <stdint.h>

/* Each takes three arguments (rdi, rsi, rdx), most of which look like addresses or selectors, and
 * returns unless the processor objects. rdi of the last ones is where to jump to. */
typedef uint64_t (*instruction)(uint64_t a, uint64_t b, uint64_t c);

extern const instruction instruction_table[];
extern const uint64_t instruction_count;

/* Runs one and puts the flags in order afterwards. */
uint64_t instruction_run(instruction code, uint64_t a, uint64_t b, uint64_t c);
