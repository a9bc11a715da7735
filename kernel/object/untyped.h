// SPDX-License-Identifier: BSD-2-Clause
/*
 * Untyped memory: the only source of kernel objects and frames.
 *
 * The capability itself keeps the books. Its data word holds the watermark (how
 * far the memory is handed out, in bytes; multiples of 16) and a flag:
 *
 *   EMPTY    no children: the watermark does not count, everything is free
 *   PARTLY   children exist below the watermark
 *   FULL     watermark at the end; also while a copy of the capability exists
 *
 * Memory is cleared when it is handed out, never before: Retype zeroes the
 * region of the new objects first, can be interrupted in it, and continues
 * where it stopped if the same region is asked for again (UNTYPED_CLEARING: the
 * watermark then says where the region starts, and notes are kept in the region
 * itself, which nobody can reach as long as the flag stands). Memory
 * handed out as smaller untyped objects is cleared when those are used.
 */
#pragma once

#include "object/slot.h"

#define UNTYPED_CLEARING BIT(63)

static inline word_t untyped_watermark(struct cap untyped)
{
    return untyped.data & ~UNTYPED_CLEARING;
}

static inline void untyped_mark_full(struct cap *untyped)
{
    untyped->data = BIT(untyped->bits);
}
