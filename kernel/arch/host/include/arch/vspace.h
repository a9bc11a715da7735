// SPDX-License-Identifier: BSD-2-Clause
/* What object/vspace.c needs to know about the simulated tables: the types of x86_64. */
#pragma once

#include "object/vspace.h"

#define ARCH_VSPACE_LEVELS 4
#define ARCH_FRAME_SIZES   3

#define METHOD_PAGE_MAP               METHOD_X86_PAGE_MAP
#define METHOD_PAGE_UNMAP             METHOD_X86_PAGE_UNMAP
#define METHOD_PAGE_GET_ADDRESS       METHOD_X86_PAGE_GET_ADDRESS
#define METHOD_ASID_CONTROL_MAKE_POOL METHOD_X86_ASID_CONTROL_MAKE_POOL
#define METHOD_ASID_POOL_ASSIGN       METHOD_X86_ASID_POOL_ASSIGN

#define HOST_TABLE_LEVEL(name, bits, map_method, unmap_method)                                     \
    {                                                                                              \
        .entry_bits = (bits), .last_index = 511, .table_bits = PAGE_BITS, .tag = TAG_##name,       \
        .object_type = TYPE_##name, .map = (map_method), .unmap = (unmap_method),                  \
    }

static const struct vspace_level arch_vspace_levels[ARCH_VSPACE_LEVELS] = {
    HOST_TABLE_LEVEL(PML4, 39, METHOD_NONE, METHOD_NONE),
    HOST_TABLE_LEVEL(PDPT, 30, METHOD_X86_PDPT_MAP, METHOD_X86_PDPT_UNMAP),
    HOST_TABLE_LEVEL(PAGE_DIRECTORY, 21, METHOD_X86_PAGE_DIRECTORY_MAP,
                     METHOD_X86_PAGE_DIRECTORY_UNMAP),
    HOST_TABLE_LEVEL(PAGE_TABLE, 12, METHOD_X86_PAGE_TABLE_MAP, METHOD_X86_PAGE_TABLE_UNMAP),
};

static const struct vspace_frame_size arch_frame_sizes[ARCH_FRAME_SIZES] = {
    {.bits = PAGE_BITS, .level = 3, .object_type = TYPE_PAGE_4K},
    {.bits = LARGE_PAGE_BITS, .level = 2, .object_type = TYPE_LARGE_PAGE},
    {.bits = HUGE_PAGE_BITS, .level = 1, .object_type = TYPE_HUGE_PAGE},
};

/* All sizes can be mapped, unless the harness says that the processor has no 1 GiB pages. */
bool arch_can_map_frame(unsigned bits);

/* The kernel's part of a root is its last entry, filled with HOST_KERNEL_ENTRY. */
#define HOST_KERNEL_INDEX 511
#define HOST_KERNEL_ENTRY 0x5afec0de00000000ull
void arch_init_root(void *root);

void arch_leave_root(const void *root);
void tlb_forget_page(const void *root, vaddr_t vaddr);
void tlb_forget_space(const void *root);

unsigned arch_extra_object_bits(word_t type);
struct cap arch_make_extra_object(word_t type, paddr_t base);
