// SPDX-License-Identifier: BSD-2-Clause
/* Which function an address of the kernel lies in, for back traces. */
#pragma once

#include "lib/base.h"

/* The function's name and how far into it the address is; NULL: no function is known there. */
const char *symbol_of(word_t address, word_t *offset);
