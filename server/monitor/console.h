// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the monitor's words go. In debug to the kernel's console. Otherwise to the first serial
 * port, if the description gives the monitor its I/O ports; and always into a ring in memory.
 */
#pragma once

#include <proto/system_image.h>

/* Sets the output of tiny_printf. `image` may be null, as long as it is not known to be good. */
void console_open(const struct system_image *image);
