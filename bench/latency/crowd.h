// SPDX-License-Identifier: BSD-2-Clause
/* Threads that make one system call each and have neither stack nor buffer. */
#pragma once

#include <sel4/sel4.h>

/* What a thread does: one system call with these registers; afterwards it parks. */
struct deed {
    seL4_Word number;
    seL4_CPtr cap;
    seL4_Word info;
    seL4_Word words[4];
    seL4_CPtr reply;
    seL4_CPtr destination; /* of NBSendRecv */
};

struct crowd {
    seL4_CPtr tcbs, contexts; /* the first of each */
    seL4_Word count;
};

/* Threads with a scheduling context each, which share this task's spaces. */
struct crowd crowd_new(seL4_Word count);
void crowd_priority(const struct crowd *crowd, seL4_Word index, seL4_Word priority);
/* Starts one from the beginning. If it is more important, it is blocked when this returns. */
void crowd_start(const struct crowd *crowd, seL4_Word index, const struct deed *deed);
/* The whole crowd, with priorities spread over `priorities` values from PRIORITY_CROWD_FIRST. */
void crowd_start_all(const struct crowd *crowd, const struct deed *deed, seL4_Word priorities);

/* Starts any thread on a deed; it parks on `parking` afterwards. */
void deed_start(seL4_CPtr tcb, const struct deed *deed, seL4_CPtr parking);
/* A scheduling context with a round robin slice. */
void context_configure(seL4_CPtr context);
void crowd_init(void);
/* The notification that nobody ever signals. */
seL4_CPtr crowd_parking(void);
