// SPDX-License-Identifier: BSD-2-Clause
/* The PC's oldest timer (8254, channel 0), with its interrupt turned into signals. */
#pragma once

#include <sel4/sel4.h>

#define TIMER_BADGE 0x100

/* Signals go to this notification, with TIMER_BADGE. */
void timer_open(seL4_CPtr notification);

/* Asks for one interrupt in `ms` milliseconds, at most 50. */
void timer_start(unsigned ms);

/* Has the interrupt line signal again after an interrupt was seen. */
void timer_acknowledge(void);

/* Sleeps: starts, waits and acknowledges as often as it takes. */
void timer_sleep(unsigned ms);
