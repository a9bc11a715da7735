// SPDX-License-Identifier: BSD-2-Clause
#include <arch/vspace.h>

#include "core/core.h"
#include <arch/features.h>
#include <arch/kernel_map.h>
#include <arch/switch.h>

const struct vspace_level arch_vspace_levels[ARCH_VSPACE_LEVELS] = {
    {.entry_bits = 39,
     .index_bits = 9,
     .table_bits = PAGE_BITS,
     .tag = TAG_PML4,
     .object_type = TYPE_PML4,
     .map = METHOD_NONE,
     .unmap = METHOD_NONE},
    {.entry_bits = 30,
     .index_bits = 9,
     .table_bits = PAGE_BITS,
     .tag = TAG_PDPT,
     .object_type = TYPE_PDPT,
     .map = METHOD_X86_PDPT_MAP,
     .unmap = METHOD_X86_PDPT_UNMAP},
    {.entry_bits = 21,
     .index_bits = 9,
     .table_bits = PAGE_BITS,
     .tag = TAG_PAGE_DIRECTORY,
     .object_type = TYPE_PAGE_DIRECTORY,
     .map = METHOD_X86_PAGE_DIRECTORY_MAP,
     .unmap = METHOD_X86_PAGE_DIRECTORY_UNMAP},
    {.entry_bits = 12,
     .index_bits = 9,
     .table_bits = PAGE_BITS,
     .tag = TAG_PAGE_TABLE,
     .object_type = TYPE_PAGE_TABLE,
     .map = METHOD_X86_PAGE_TABLE_MAP,
     .unmap = METHOD_X86_PAGE_TABLE_UNMAP},
};

const struct vspace_frame_size arch_frame_sizes[ARCH_FRAME_SIZES] = {
    {.bits = PAGE_BITS, .level = 3, .object_type = TYPE_PAGE_4K},
    {.bits = LARGE_PAGE_BITS, .level = 2, .object_type = TYPE_LARGE_PAGE},
    {.bits = HUGE_PAGE_BITS, .level = 1, .object_type = TYPE_HUGE_PAGE},
};

bool arch_can_map_frame(unsigned bits)
{
    return bits != HUGE_PAGE_BITS || cpu_features.huge_pages;
}

void arch_init_root(void *root)
{
    ((word_t *)root)[KERNEL_PML4_INDEX] = kernel_pml4_entry;
}

void arch_leave_root(const void *root)
{
    if (this_core()->arch.loaded_root == root) {
        arch_load_root(this_core(), NULL);
    }
}

void tlb_forget_page(const void *root, vaddr_t vaddr)
{
    if (this_core()->arch.loaded_root == root) {
        __asm__ volatile("invlpg (%0)" : : "r"(vaddr) : "memory");
    }
}

void tlb_forget_space(const void *root)
{
    if (this_core()->arch.loaded_root == root) {
        word_t cr3;

        __asm__ volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(cr3) : : "memory");
    }
}

unsigned arch_extra_object_bits(word_t type)
{
    return type == TYPE_IO_PAGE_TABLE && sys.abi.iommu ? PAGE_BITS : 0;
}

struct cap arch_make_extra_object(word_t type, paddr_t base)
{
    assert(type == TYPE_IO_PAGE_TABLE);
    (void)type;
    return cap_of_object(CAP_IO_TABLE, phys_to_virt(base));
}
