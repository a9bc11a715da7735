// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the kernel sees what. Entry 511 of every PML4 holds the kernel:
 *
 *   0xffffff8000000000  window: physical address p is at WINDOW_BASE + p (RAM only)
 *   0xffffffff80000000  image: linked here + its physical address
 *   0xffffffffc0000000  fixmap: single device pages, uncached
 */
#pragma once

#include "lib/base.h"

#define WINDOW_BASE  0xffffff8000000000ull
#define WINDOW_BYTES (510ull << 30)
#define IMAGE_BASE   0xffffffff80000000ull
#define FIXMAP_BASE  0xffffffffc0000000ull

enum { KERNEL_PML4_INDEX = 511 };

/* Pages of the fixmap. The clock page is only mapped while the clock is calibrated. */
enum fixmap_page { FIXMAP_LAPIC, FIXMAP_IOAPIC, FIXMAP_CLOCK, FIXMAP_PAGES };

/* What every user VSpace root carries in entry KERNEL_PML4_INDEX. */
extern uint64_t kernel_pml4_entry;
/* A root with nothing but the kernel: for threads without a VSpace. */
extern paddr_t kernel_root_paddr;

/* RAM through the window. */
static inline void *phys_to_virt(paddr_t paddr)
{
    return (void *)(WINDOW_BASE + paddr);
}

/* The inverse; only for addresses in the window. */
static inline paddr_t virt_to_phys(const void *p)
{
    return (paddr_t)(uintptr_t)p - WINDOW_BASE;
}

/* For code and static data of the kernel image. */
static inline paddr_t image_to_phys(const void *p)
{
    return (paddr_t)(uintptr_t)p - IMAGE_BASE;
}

static inline volatile uint32_t *fixmap_register(enum fixmap_page page, unsigned offset_bytes)
{
    return (volatile uint32_t *)(FIXMAP_BASE + ((word_t)page << 12) + offset_bytes);
}

/* Registers of the local APIC, byte offsets (Intel SDM 3A table 11-1). */
enum {
    LAPIC_ID = 0x20,
    LAPIC_TASK_PRIORITY = 0x80,
    LAPIC_EOI = 0xb0,
    LAPIC_SPURIOUS = 0xf0,
    LAPIC_IN_SERVICE = 0x100,
    LAPIC_REQUESTED = 0x200,
    LAPIC_ERROR_STATUS = 0x280,
    LAPIC_LVT_CMCI = 0x2f0,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_THERMAL = 0x330,
    LAPIC_LVT_COUNTER = 0x340,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_CURRENT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
};

static inline volatile uint32_t *lapic_register(unsigned offset_bytes)
{
    return fixmap_register(FIXMAP_LAPIC, offset_bytes);
}
