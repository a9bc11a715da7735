// SPDX-License-Identifier: BSD-2-Clause
/* What the tests share: a home, an endpoint that children call and fault to, and checks. */
#pragma once

#include <process/process.h>
#include <process/ustar.h>
#include <stdbool.h>

enum { SLOT_ENDPOINT = 1, BADGE = 0x61, FAULT_BADGE = 0xfa, GREETING = 0x6161 };

extern struct home home;
extern struct ustar_file child_file; /* the program test/process/child */

void world_init(const seL4_BootInfo *info);

/* A message to the endpoint; its words are in the IPC buffer. */
seL4_MessageInfo_t world_receive(seL4_Word *badge);

/* Answers what was received last with one word. */
void world_answer(seL4_Word word);

/* Waits for the child's exit and gives its status; ~0: something else came. */
seL4_Word world_wait_for_exit(void);

/* A process that runs test/process/child with one argument. */
enum process_status child_new(struct process *process, const char *argument) PROCESS_MUST_USE;

/* Loads it into a process that is empty, which has its endpoint, and starts it. */
enum process_status child_start(struct process *process, const char *argument) PROCESS_MUST_USE;

/* ---- verdicts ---- */

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            world_failed(__FILE__, __LINE__, #condition);                                          \
            return;                                                                                \
        }                                                                                          \
    } while (0)

void world_failed(const char *file, int line, const char *condition);

struct test {
    const char *name;
    const char *what; /* what is true when it passes */
    void (*run)(void);
};

extern const struct test conversation_tests[], trouble_tests[], cycle_tests[]; /* ended by null */

/* Runs them; after each one, as much has to be free as before. */
void world_run(const struct test *tests);
