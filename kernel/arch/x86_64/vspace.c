// SPDX-License-Identifier: BSD-2-Clause
#include <arch/vspace.h>

#include "core/core.h"
#include <arch/features.h>
#include <arch/kernel_map.h>
#include <arch/switch.h>

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
