// SPDX-License-Identifier: BSD-2-Clause
/* Threads that stick to something most of the time: call chains need servers and clients. */
#pragma once

#include "build.h"

void roles_start(uint64_t seed);

/* The step of the current thread in its role; false: it does something else this time. */
bool roles_make(struct build *b);
