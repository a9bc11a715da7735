// SPDX-License-Identifier: BSD-2-Clause
/* The initial task: from the boot loader's first module to its final place. */
#pragma once

#include "core/platform.h"
#include "lib/base.h"

/*
 * Checks the ELF file in `module`, loads it directly behind the kernel image and
 * fills platform->task; halts with a message if that can't be. Runs before
 * paging_init(); overwrites RAM that the boot loader may have used, so
 * everything else must have been copied.
 */
void image_load(struct platform *platform, struct phys_range module);
