// SPDX-License-Identifier: BSD-2-Clause
/*
 * For systems whose components are restarted (docs/system-extensions.md). Not part of the Microkit
 * API: only where the system builder is called with --extensions.
 */
#pragma once

#include <microkit/base.h>

/*
 * Label of the answer to a microkit_ppcall() whose server was restarted before it answered. Whether
 * it had done what was asked is not known. The answer has no words.
 */
#define MICROKIT_RESTARTED 0x52535452ull

/* Label of the message to the monitor. */
#define MICROKIT_LABEL_DONE 256

/*
 * Ends the calling component, which has restart="always": the monitor starts it again as it was at
 * first. Does not return, unless the component may not ask for it.
 */
static inline void microkit_restart_me(void)
{
    seL4_Send(MONITOR_EP, seL4_MessageInfo_new(MICROKIT_LABEL_DONE, 0, 0, 0));
}
