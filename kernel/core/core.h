// SPDX-License-Identifier: BSD-2-Clause
/*
 * All of the kernel's state: one struct per core and one for the system.
 */
#pragma once

#include "core/options.h"
#include "core/platform.h"
#include "lib/base.h"
#include "lib/time_heap.h"
#include "object/slot.h"
#include <arch/core.h>

struct tcb;
struct sched_context;

#define PRIORITY_COUNT 256
#define DOMAIN_MAX     256
#define SCHEDULE_MAX   256

/* Threads that can run, of one domain: a ring per priority, its head the next to run. */
struct ready_queues {
    uint64_t any; /* bit w: occupied[w] is not 0 */
    uint64_t occupied[PRIORITY_COUNT / 64];
    struct tcb *heads[PRIORITY_COUNT];
};

/* What kernel exit does about the choice of thread: core/sched.h. */
enum sched_action {
    ACTION_RESUME, /* the current thread goes on */
    ACTION_SWITCH, /* `candidate` was woken and gets its chance */
    ACTION_CHOOSE, /* look at the ready queues */
};

struct usage_totals {
    uint64_t cycles, schedules, kernel_cycles, kernel_entries;
};

struct core {
    struct core_arch arch; /* first: entry.S */

    struct tcb *current;
    struct sched_context *sched_context; /* who pays for the time; NULL while idle */
    enum sched_action action;
    struct tcb *candidate;
    bool fastpath_allowed; /* not fastpath=off */
    bool deadline_changed; /* the timer may have to be set again */

    ticks_t now;            /* clock at kernel entry */
    ticks_t charge_start;   /* from here on time is used on sched_context and not yet charged */
    ticks_t slice_end;      /* in user mode: when the budget or the domain's time is used up */
    ticks_t timer_deadline; /* what the timer is set to */
    unsigned work;          /* since the last look at pending interrupts */

    unsigned domain;
    unsigned schedule_index;
    ticks_t domain_end;

    struct ready_queues *ready_now; /* of the domain */
    word_t vspace_epoch;            /* see tcb_has_root() */

    struct time_heap release_queue;
    struct tcb *idle;
    struct ready_queues ready[DOMAIN_MAX];

    /* benchmark config: see core/usage.h */
    struct usage_totals usage_total;
    ticks_t usage_last, usage_entered;
    struct tcb *usage_entered_by;
    bool usage_on;
};

struct domain_entry {
    ticks_t duration;
    uint8_t domain;
};

/* Set at boot, or shared by all cores. */
struct system {
    struct abi_profile abi;
    uint8_t method_of_label[128]; /* enum abi_method; 0: no such label in this profile */
    bool sofa_ext;
    uint8_t report; /* enum report_level */

    struct domain_entry schedule[SCHEDULE_MAX];
    unsigned schedule_start;

    struct phys_range ram[PLATFORM_RAM_MAX]; /* what phys_to_virt() may be used for */
    unsigned ram_count;

    struct tcb *all_tcbs; /* debug */
};

extern struct system sys;

#define CLOCK_NEVER (~(ticks_t)0)
