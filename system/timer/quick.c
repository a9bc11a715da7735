// SPDX-License-Identifier: BSD-2-Clause
/* A client that wants to be told every 30 milliseconds. */
#include "metronome.h"

enum { BEATS = 9 };

#define PERIOD_NS (30 * TIMER_NS_PER_MS)

void init(void)
{
    metronome_start(PERIOD_NS);
}

void notified(microkit_channel ch)
{
    (void)ch;
    metronome_beat(PERIOD_NS, BEATS);
}
