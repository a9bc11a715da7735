// SPDX-License-Identifier: BSD-2-Clause
/* Where the monitor has what the builder gives it (tool/sysgen/compile_monitor.c). */
#pragma once

enum {
    SLOT_ENDPOINT = 1,
    SLOT_REPLY = 2,
    SLOT_VSPACE = 3,
    SLOT_TCB = 10,           /* one for each component, as the others below */
    SLOT_SCHED = 138,        /* of passive ones */
    SLOT_NOTIFICATION = 202, /* of passive ones */
};
