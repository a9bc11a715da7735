// SPDX-License-Identifier: BSD-2-Clause
/*
 * Workers: further threads. Each has a CSpace of its own with 16 slots, empty
 * at first: what it may use is given to it.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdint.h>

enum { WORKER_SLOT_BITS = 4, WORKER_PRIORITY = 100 };

struct worker {
    seL4_CPtr tcb;
    seL4_CPtr cnode;
    seL4_CPtr sched_context;
};

struct worker_setup {
    const char *name;              /* for the kernel's reports, in debug */
    void (*entry)(void *argument); /* must not return */
    seL4_CPtr space;
    seL4_CPtr fault_handler; /* 0: none */
    uint64_t budget_us, period_us;
    seL4_Word time_badge; /* what a timeout fault carries */
};

void worker_init(const seL4_BootInfo *info);

/* A worker that stands still. */
struct worker worker_new(const struct worker_setup *setup);

/* Gives it a copy of a capability in a slot of its CSpace. */
void worker_give(const struct worker *worker, seL4_CPtr slot, seL4_CPtr cap,
                 seL4_CapRights_t rights);

void worker_resume(const struct worker *worker);
void worker_suspend(const struct worker *worker);
