// SPDX-License-Identifier: BSD-2-Clause
/* Short ways through the kernel for the commonest system calls: fastpath.c. */
#pragma once

#include "lib/base.h"

/* Off: everything takes the slow path. For tests that compare the two. */
extern bool fastpath_enabled;

/* True: done, core->current is the thread to go on with. False: nothing has happened. */
bool fastpath(word_t number);
