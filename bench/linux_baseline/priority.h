// SPDX-License-Identifier: BSD-2-Clause
/* Strict priorities: a process runs only when none above it can. Processes inherit them. */
#pragma once
#include <stdbool.h>

enum {
    CLIENT_PRIORITY = 10,
    LOGGER_PRIORITY = 11,
    SERVER_PRIORITY = 12,
    SUPERVISOR_PRIORITY = 20,
};

/* False with errno set: only the superuser may. */
bool priority_take(int priority);
/* Back to how processes are scheduled by default. */
bool priority_drop(void);
