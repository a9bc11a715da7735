// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the components write down while something is measured: memory that they share, that a
 * restart leaves alone, and that the reporter prints when all is over. One CPU, and nobody writes
 * what another writes at the same time; volatile, because others change it between two calls.
 */
#pragma once

#include "plan.h"
#include <stddef.h>

enum {
    DATA_BYTES = 0x10000,
    SAMPLE_LIMIT = 50000, /* of each series; SERIES_COUNT times that fit into the region results */
    LOG_ROOM = 256,       /* requests that the logger may lag behind */
    MESSAGE_WORDS = 8,    /* of a message in the ring that throughput is measured with */
    RING_ROOM = DATA_BYTES / (MESSAGE_WORDS * 8),
};

/* What is asked of the server: the label of a call. */
enum { ASK_ECHO = 1, ASK_SUM = 2, ASK_WORK = 3 };

enum series {
    SERIES_CALL,
    SERIES_NOTIFY,
    SERIES_SHM_64,
    SERIES_SHM_4K,
    SERIES_SHM_64K,
    SERIES_COUNT
};

struct sample {
    seL4_Word latency, began_at;
};

/* How many were sent in one stretch, and how long that took. */
struct stretch {
    seL4_Word messages, ticks;
};

/* When a component last did its work, and the longest time between two works. */
struct pulse {
    seL4_Word last_at, longest;
};

struct notes {
    seL4_Word over;       /* the client has done all that was planned */
    seL4_Word wrong;      /* answers that were not what they had to be */
    seL4_Word clock_pair; /* two readings of the clock with nothing between */
    struct stretch calls, ring, single;
    seL4_Word ring_written, ring_taken, ring_sum; /* taken and added up by the server */

    /* Under load, with somebody who crashes. */
    seL4_Word asked;    /* requests, each counted once */
    seL4_Word answered; /* requests; the next one has this number */
    seL4_Word again;    /* requests asked a second time, because the server was restarted */
    seL4_Word crashed_at, ready_at, back_at;
    seL4_Word usual_gap;                 /* of anybody's pulse before the crash */
    struct pulse client, server, logger; /* since the crash */

    seL4_Word log_written, log_read, log_lost;
    seL4_Word log[LOG_ROOM];
};

extern volatile struct notes *notes; /* filled in by the builder */

/* Counts guest instructions where QEMU counts them. */
static inline seL4_Word now(void)
{
    seL4_Uint32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

static inline void pulse_beat(volatile struct pulse *pulse)
{
    const seL4_Word at = now();

    if (pulse->last_at != 0 && at - pulse->last_at > pulse->longest) {
        pulse->longest = at - pulse->last_at;
    }
    pulse->last_at = at;
}

static inline void notes_forget_gap(volatile struct pulse *pulse)
{
    if (pulse->longest > notes->usual_gap) {
        notes->usual_gap = pulse->longest;
    }
    pulse->longest = 0;
}

/* In the middle of the work, the first time only: uses a null pointer. `who` is the caller. */
static inline void crash_if_planned(char who, seL4_Word number)
{
    seL4_Word null = 0;

    if (plan_victim() != who || number < plan_iterations() / 4 || notes->crashed_at != 0) {
        return;
    }
    notes_forget_gap(&notes->client);
    notes_forget_gap(&notes->server);
    notes_forget_gap(&notes->logger);
    notes->crashed_at = now();
    __asm__ volatile("" : "+r"(null)); /* or the compiler would put a trap here */
    *(volatile seL4_Word *)null = 0;
}

/* Called when `who` is about to work: after its crash it has all that it needs for that. */
static inline void become_ready(char who)
{
    if (plan_victim() == who && notes->crashed_at != 0 && notes->ready_at == 0) {
        notes->ready_at = now();
    }
}

/* Called when `who` has done a piece of work: the first after its crash was waited for. */
static inline void come_back(char who)
{
    if (plan_victim() == who && notes->crashed_at != 0 && notes->back_at == 0) {
        notes->back_at = now();
    }
}
