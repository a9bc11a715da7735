// SPDX-License-Identifier: BSD-2-Clause
/* The library as it is, but for the trap instruction, its main, and the host's constructors. */
#include "recorder.h"

int component_main(void);

#define main               component_main
#define __init_array_start component_constructors
#define __init_array_end   component_constructors_end
#define __assert_fail      component_assert_fail
#include "../src/main.c"

#include "../src/dbg.c"
