// SPDX-License-Identifier: BSD-2-Clause
/*
 * How clients talk to the timer. Each has one channel and at most one wish at a time: a second one
 * replaces the first. When its time has come the channel is notified, once.
 *
 *   TIMER_NOW                    answers TIMER_DONE, nanoseconds since the timer started
 *   TIMER_WAKE nanoseconds       answers TIMER_DONE; notifies that much later, never earlier
 *
 * Anything else, and a time further away than TIMER_WAKE_MAX_NS, is answered by TIMER_REFUSED.
 */
#pragma once
#include <microkit.h>

enum timer_request { TIMER_NOW = 1, TIMER_WAKE };
enum timer_answer { TIMER_DONE, TIMER_REFUSED };

/* A day: far from where sums of times could overflow. */
#define TIMER_WAKE_MAX_NS 86400000000000ull
#define TIMER_NS_PER_MS   1000000ull

static inline seL4_Word timer_now_ns(microkit_channel timer)
{
    microkit_ppcall(timer, microkit_msginfo_new(TIMER_NOW, 0));
    return microkit_mr_get(0);
}

static inline enum timer_answer timer_wake(microkit_channel timer, seL4_Word after_ns)
{
    microkit_mr_set(0, after_ns);
    return microkit_msginfo_get_label(microkit_ppcall(timer, microkit_msginfo_new(TIMER_WAKE, 1)));
}
