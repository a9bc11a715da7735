// SPDX-License-Identifier: BSD-2-Clause
#include <harness/suite.h>
#include <harness/trace.h>
#include <tiny/string.h>

enum { TRACE_MAX = 200 };

static volatile char notes[TRACE_MAX];
static volatile unsigned count;

void trace_reset(void)
{
    count = 0;
    notes[0] = '\0';
}

void trace_note(char letter)
{
    if (count + 1 < TRACE_MAX) {
        notes[count++] = letter;
        notes[count] = '\0';
    }
}

const char *trace_text(void)
{
    return (const char *)(uintptr_t)notes;
}

void trace_check(const char *expected, const char *file, int line)
{
    if (strcmp(trace_text(), expected) != 0) {
        fail(file, line, "expected threads to run as %s got %s", expected, trace_text());
    }
}

static void note(void *argument)
{
    trace_note((char)(uintptr_t)argument);
}

struct runner runner_new(char letter, seL4_Word priority)
{
    struct runner runner = {.thread = thread_at(priority), .letter = letter};

    thread_prepare(runner.thread, note, (void *)(uintptr_t)letter);
    return runner;
}

void runner_start(struct runner *runner)
{
    OK(seL4_TCB_Resume(runner->thread->tcb));
}
