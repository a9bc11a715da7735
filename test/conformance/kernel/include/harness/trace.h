// SPDX-License-Identifier: BSD-2-Clause
/* In which order threads came to run. */
#pragma once
#include <harness/thread.h>

/* A thread that notes its letter when it runs, and is then finished. */
struct runner {
    struct thread *thread;
    char letter;
};

void trace_reset(void);
void trace_note(char letter);
/* What was noted since the reset. */
const char *trace_text(void);
#define CHECK_TRACE(text) trace_check(text, __FILE__, __LINE__)
void trace_check(const char *expected, const char *file, int line);

struct runner runner_new(char letter, seL4_Word priority);
/* By Resume: ready from then on. */
void runner_start(struct runner *runner);
