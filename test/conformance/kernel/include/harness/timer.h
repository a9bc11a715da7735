// SPDX-License-Identifier: BSD-2-Clause
/* The timer chip of a pc (8254, channel 0) as a source of interrupts. */
#pragma once
#include <sel4/sel4.h>

/* Handler of its interrupt, at this vector. */
seL4_CPtr timer_interrupt(seL4_Word vector);
/* An edge every so many microseconds; at most 54,000. */
void timer_start_us(unsigned us);
/* A single one. */
void timer_once_us(unsigned us);
void timer_stop(void);
