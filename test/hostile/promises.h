// SPDX-License-Identifier: BSD-2-Clause
/* What the supervisor itself looks at: its memory, its registers, its objects, the time. */
#pragma once

#include <stdint.h>

void promises_init(uint64_t seed);
/* A part of it, at every wake-up. */
void promises_check_tick(uint64_t ticks);
/* All of it. */
void promises_check(void);

/* Another domain schedule, in which this domain always has most of the time. */
void promises_disturb_domains(uint64_t number);

uint64_t promises_now(void);
uint64_t promises_mhz(void);
