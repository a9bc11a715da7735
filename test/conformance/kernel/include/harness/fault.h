// SPDX-License-Identifier: BSD-2-Clause
/* A thread that faults on purpose, with the driver as its handler. */
#pragma once
#include <harness/invoke.h>
#include <harness/thread.h>
#include <stdbool.h>

struct faulter {
    struct thread *thread;
    seL4_CPtr endpoint, reply; /* faults arrive and are answered here */
    seL4_Word badge;
    void *argument; /* for the thread */
};

struct faulter faulter_new(void);
/* Starts it and waits for the fault. */
struct reply faulter_run(struct faulter *faulter, void (*run)(void *));
struct reply faulter_next(struct faulter *faulter);
void faulter_answer(struct faulter *faulter, seL4_Word label, struct message message);
