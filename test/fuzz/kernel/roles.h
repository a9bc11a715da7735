// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads that stick to something most of the time: call chains need servers and clients,
 * signals somebody who waits for them. A thread's role follows from its address and the
 * seed, and the theme of the sequence says how many there are of each.
 */
#pragma once

#include "build.h"

enum role { ROLE_ANY, ROLE_SERVER, ROLE_CLIENT, ROLE_WAITER, ROLE_COUNT };

/* What a sequence has more of than others. */
enum theme {
    THEME_MIXED,
    THEME_CHAINS,     /* servers of servers, contexts on loan, and what cuts them */
    THEME_QUEUES,     /* many clients, few servers, badges */
    THEME_TIME,       /* budgets, refills, YieldTo, domains */
    THEME_MEMORY,     /* Retype, CNodes, address spaces */
    THEME_INTERRUPTS, /* handlers, signals, waiters */
    THEME_COUNT
};

void roles_start(uint64_t seed, enum theme theme);
enum role roles_of(const struct tcb *tcb);

/* The step of the current thread in its role; false: it does something else this time. */
bool roles_make(struct build *b);
