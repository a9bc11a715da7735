// SPDX-License-Identifier: BSD-2-Clause
/* What both clients do: beat some times, each beat a fixed time after the last one. */
#pragma once
#include "protocol.h"

enum { TIMER = 7 };

static seL4_Word began_ns;
static unsigned beats;

static inline void metronome_put(const char *words)
{
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(": ");
    microkit_dbg_puts(words);
}

static inline void metronome_start(seL4_Word period_ns)
{
    began_ns = timer_now_ns(TIMER);
    if (timer_wake(TIMER, period_ns) != TIMER_DONE) {
        metronome_put("the timer refuses\n");
    }
}

/* Says how late it is. The next wish counts from the plan, so that small delays do not add up. */
static inline void metronome_beat(seL4_Word period_ns, unsigned count)
{
    const seL4_Word after_ns = timer_now_ns(TIMER) - began_ns;

    beats++;
    metronome_put("beat ");
    microkit_dbg_put32(beats);
    microkit_dbg_puts(" after ");
    microkit_dbg_put32((seL4_Uint32)(after_ns / TIMER_NS_PER_MS));
    microkit_dbg_puts(" ms\n");
    if (beats < count) {
        (void)timer_wake(TIMER, (beats + 1) * period_ns - after_ns);
    }
}
