// SPDX-License-Identifier: BSD-2-Clause
/* Physical memory is an arena at a fixed address of the process: HOST_WINDOW + paddr. */
#pragma once

#include "lib/base.h"

#define HOST_WINDOW 0x200000000000ull

static inline void *phys_to_virt(paddr_t paddr)
{
    return (void *)(HOST_WINDOW + paddr);
}

static inline paddr_t virt_to_phys(const void *p)
{
    return (paddr_t)(uintptr_t)p - HOST_WINDOW;
}
