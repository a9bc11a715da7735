// SPDX-License-Identifier: BSD-2-Clause
/*
 * The first serial port, driven through an I/O port capability. The debug calls
 * would be shorter, but a release kernel does not have them.
 */
#pragma once

#include <sel4/sel4.h>

/* Takes the port; the capability goes into `slot`. From then on tiny_printf() prints. */
void terminal_open(seL4_CPtr slot);
