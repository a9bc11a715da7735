// SPDX-License-Identifier: BSD-2-Clause
/*
 * Physical memory below 4 GiB as early boot code sees it, through the identity
 * mapping of head.S. Good until paging_init().
 */
#pragma once

#include "lib/base.h"

#define LOW_MEMORY_END (4ull << 30)

ALWAYS_INLINE void *low_memory(paddr_t paddr)
{
    /* The compiler must not conclude that low addresses are no objects. */
    __asm__("" : "+r"(paddr));
    return (void *)paddr;
}
