// SPDX-License-Identifier: BSD-2-Clause
/* What the harness itself does with threads between tests. */
#pragma once
#include <sel4/sel4.h>

/* Where faults of a test's threads arrive, badged with the thread's index plus one. */
extern seL4_CPtr events, events_reply;

/* Makes both for the next test. */
void events_init(void);
/* Threads made so far stay from test to test. */
void threads_keep(void);
