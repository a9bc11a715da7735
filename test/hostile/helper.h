// SPDX-License-Identifier: BSD-2-Clause
/* The supervisor's own threads, which workers cannot name. */
#pragma once

#include <sel4/sel4.h>
#include <stdint.h>

struct helper {
    seL4_CPtr tcb, sched_context;
};

struct helper_options {
    void (*entry)(void *argument);
    void *argument;
    seL4_Word priority;
    uint64_t budget_us, period_us;
    seL4_CPtr vspace; /* 0: the supervisor's */
    seL4_CPtr fault_endpoint;
};

/* Made and started. */
struct helper helper_start(const struct helper_options *options);
/* Once it waits for callers, it lives on their time. */
void helper_make_passive(struct helper helper);
/* The one started last: gone, with its objects; its memory serves the next. */
void helper_end(struct helper helper);
/* Another address space with the whole image in it. */
seL4_CPtr helper_vspace(void);
