// SPDX-License-Identifier: BSD-2-Clause
/* Waiting without sleep. Where instructions are counted a processor that sleeps makes QEMU skip
 * time, and how much is not always the same; so everybody here who waits is busy. */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

/* The others have the processor as long as any of them wants it. */
void let_others_run(uint64_t ns);
/* Until the flag is up. Ends the program after some seconds: `what` does not come. */
void await_flag(const _Atomic uint32_t *flag, const char *what);
/* As if there were something to compute. */
void compute(uint64_t ns);
