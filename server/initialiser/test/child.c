// SPDX-License-Identifier: BSD-2-Clause
/* Stops at once. */
#include "component.h"

void _start(void)
{
    __builtin_trap();
}
