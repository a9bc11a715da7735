// SPDX-License-Identifier: BSD-2-Clause
/* Where the monitor has what the builder gives it (tool/sysgen/compile_monitor.c). */
#pragma once

enum {
    SLOT_ENDPOINT = 1,
    SLOT_REPLY = 2,
    SLOT_VSPACE = 3,
    SLOT_CNODE = 4, /* the monitor's own */
    SLOT_OWN_TCB = 5,
    SLOT_TELLER_TCB = 6,
    SLOT_TELLER_NOTIFICATION = 7,
    SLOT_MOMENT = 8, /* empty but for a moment */
    SLOT_SERIAL = 9,
    SLOT_TCB = 10,           /* one for each component, as the others below */
    SLOT_PROBE = 73,         /* a scheduling context without time */
    SLOT_SCHED = 138,        /* of passive ones */
    SLOT_NOTIFICATION = 202, /* of passive ones */
};
