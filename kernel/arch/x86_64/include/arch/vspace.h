// SPDX-License-Identifier: BSD-2-Clause
/* What object/vspace.c needs to know about x86_64's tables. */
#pragma once

#include "object/vspace.h"
#include <arch/features.h>

#define ARCH_VSPACE_LEVELS 4
#define ARCH_FRAME_SIZES   3

#define METHOD_PAGE_MAP               METHOD_X86_PAGE_MAP
#define METHOD_PAGE_UNMAP             METHOD_X86_PAGE_UNMAP
#define METHOD_PAGE_GET_ADDRESS       METHOD_X86_PAGE_GET_ADDRESS
#define METHOD_ASID_CONTROL_MAKE_POOL METHOD_X86_ASID_CONTROL_MAKE_POOL
#define METHOD_ASID_POOL_ASSIGN       METHOD_X86_ASID_POOL_ASSIGN

/* In the header, so that walks are compiled for them. */
static const struct vspace_level arch_vspace_levels[ARCH_VSPACE_LEVELS] = {
    {.entry_bits = 39,
     .last_index = 511,
     .table_bits = PAGE_BITS,
     .tag = TAG_PML4,
     .object_type = TYPE_PML4,
     .map = METHOD_NONE,
     .unmap = METHOD_NONE},
    {.entry_bits = 30,
     .last_index = 511,
     .table_bits = PAGE_BITS,
     .tag = TAG_PDPT,
     .object_type = TYPE_PDPT,
     .map = METHOD_X86_PDPT_MAP,
     .unmap = METHOD_X86_PDPT_UNMAP},
    {.entry_bits = 21,
     .last_index = 511,
     .table_bits = PAGE_BITS,
     .tag = TAG_PAGE_DIRECTORY,
     .object_type = TYPE_PAGE_DIRECTORY,
     .map = METHOD_X86_PAGE_DIRECTORY_MAP,
     .unmap = METHOD_X86_PAGE_DIRECTORY_UNMAP},
    {.entry_bits = 12,
     .last_index = 511,
     .table_bits = PAGE_BITS,
     .tag = TAG_PAGE_TABLE,
     .object_type = TYPE_PAGE_TABLE,
     .map = METHOD_X86_PAGE_TABLE_MAP,
     .unmap = METHOD_X86_PAGE_TABLE_UNMAP},
};

static const struct vspace_frame_size arch_frame_sizes[ARCH_FRAME_SIZES] = {
    {.bits = PAGE_BITS, .level = 3, .object_type = TYPE_PAGE_4K},
    {.bits = LARGE_PAGE_BITS, .level = 2, .object_type = TYPE_LARGE_PAGE},
    {.bits = HUGE_PAGE_BITS, .level = 1, .object_type = TYPE_HUGE_PAGE},
};

/* Does the processor have pages of this size? */
static inline bool arch_can_map_frame(unsigned bits)
{
    return bits != HUGE_PAGE_BITS || cpu_features.huge_pages;
}

/* The part of a fresh root that belongs to the kernel. */
void arch_init_root(void *root);

/* The root is going away: makes sure that the processor does not use it. */
void arch_leave_root(const void *root);

/* A mapping in the address space was taken away or changed. */
void tlb_forget_page(const void *root, vaddr_t vaddr);
void tlb_forget_space(const void *root);

/* Types that are neither frames nor tables; 0: no such type in this profile. */
unsigned arch_extra_object_bits(word_t type);
struct cap arch_make_extra_object(word_t type, paddr_t base);
