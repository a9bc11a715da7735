// SPDX-License-Identifier: BSD-2-Clause
/*
 * The RAM ranges of struct platform, kept sorted, page aligned and free of
 * overlaps while a firmware's memory map is read into them in any order.
 */
#pragma once

#include "core/platform.h"
#include "lib/base.h"

/*
 * Adds the part of `range` that lies within `usable`, rounded inwards to pages. What
 * holds no whole page, or comes when all PLATFORM_RAM_MAX places are taken, is
 * left out: it stays device memory.
 */
void ram_map_add(struct platform *platform, struct phys_range range, struct phys_range usable);

/* Takes `range`, rounded outwards, out: what firmware lists as both RAM and its own is its own. */
void ram_map_remove(struct platform *platform, struct phys_range range);

/* Is all of [start, end) RAM, if in several pieces that touch? */
bool ram_map_covers(const struct platform *platform, paddr_t start, paddr_t end);
