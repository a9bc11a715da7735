// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the monitor's words go: as the builder chose, to the kernel's console, to the first serial
 * port, or nowhere else than into the ring in memory that they always go to.
 */
#pragma once

#include <proto/system_image.h>

/* Sets the output of tiny_printf. `image` may be null, as long as it is not known to be good. */
void console_open(const struct system_image *image);
