// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own address space (layout: arch/kernel_map.h). Built once at
 * boot; after paging_finish_boot() it never changes.
 */
#pragma once

#include "core/platform.h"
#include "lib/base.h"
#include <arch/kernel_map.h>

/* Bits of a page table entry (Intel SDM 3A 4.5). */
#define PTE_PRESENT  BIT(0)
#define PTE_WRITE    BIT(1)
#define PTE_USER     BIT(2)
#define PTE_PWT      BIT(3)
#define PTE_PCD      BIT(4)
#define PTE_ACCESSED BIT(5)
#define PTE_DIRTY    BIT(6)
#define PTE_LARGE    BIT(7)
#define PTE_PAT      BIT(7)
#define PTE_GLOBAL   BIT(8)
#define PTE_LARGEPAT BIT(12)
#define PTE_NX       BIT(63)
#define PTE_ADDRESS  0x000ffffffffff000ull

/* Ends of the image's parts, from the linker script; the kernel stack lies above a hole. */
extern char ki_start[], ki_boot_text_end[], ki_boot_end[], ki_text_end[], ki_rodata_end[], ki_end[];
extern char kernel_stack_guard[], kernel_stack[], kernel_stack_top[];

/*
 * Builds the tables for the RAM ranges in `platform` and switches to them; the
 * identity mapping the boot code ran on is gone afterwards. Pages for tables
 * are taken from RAM behind the task image and entered in platform->used.
 */
void paging_init(struct platform *platform);

/* Maps one device page, uncached, at its fixmap place; unmaps it with paddr 0. */
void paging_fixmap_set(enum fixmap_page page, paddr_t paddr);

/* Unmaps the boot-only part of the image. Not boot-only itself: the last thing boot calls. */
void paging_finish_boot(void);
