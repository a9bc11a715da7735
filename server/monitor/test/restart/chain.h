// SPDX-License-Identifier: BSD-2-Clause
/* What client, middle and last of a chain of calls agree on. */
#pragma once

#include <microkit.h>
#include <microkit/restart.h>

/* Message word 0: who is to fail, and when. */
enum { FAIL_NONE, FAIL_MIDDLE_BEFORE, FAIL_LAST, FAIL_MIDDLE_AFTER, FAILS };

/* Label of the middle's answer if the last one was restarted. */
enum { LABEL_LAST_RESTARTED = 7 };

/* Channels of the middle, and of the others. */
enum { TO_LAST = 1, TO_MIDDLE = 2, TO_STARTER = 5 };

static inline void fail(void)
{
    __asm__ volatile("ud2");
}
