// SPDX-License-Identifier: BSD-2-Clause
/* What components and the monitor say to each other. lib/microkit has the same for programs. */
#pragma once

/* To the monitor, through the capability in slot 5. Labels below 256 are those of faults. */
enum {
    MONITOR_PASSIVE = 0, /* "take my time from me: I wait", of components with passive="true" */
    MONITOR_DONE = 256,  /* "start me again", of components with restart="always" */
};

/* From the monitor, as the answer to a call whose server was started again before it answered.
 * Whether the server did what was asked is not known. No message words. */
enum { MONITOR_RESTARTED = 0x52535452 }; /* "RSTR" */
