// SPDX-License-Identifier: BSD-2-Clause
/* The simulated tables, and a TLB that remembers what user code has touched. */
#include <arch/vspace.h>

#include "arch/host/host.h"
#include "arch/host/host_priv.h"
#include "lib/string.h"
#include <arch/kernel_map.h>
#include <arch/pte.h>
#include <arch/switch.h>

bool host_huge_pages = true;

bool arch_can_map_frame(unsigned bits)
{
    return bits != HUGE_PAGE_BITS || host_huge_pages;
}

void arch_init_root(void *root)
{
    ((word_t *)root)[HOST_KERNEL_INDEX] = HOST_KERNEL_ENTRY;
}

void arch_leave_root(const void *root)
{
    if (this_core()->arch.loaded_root == root) {
        arch_load_root(this_core(), NULL);
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

/* ---- the TLB: translations of the loaded root ---- */

#define TLB_ENTRIES 32

static struct translation {
    vaddr_t vaddr; /* of the page */
    paddr_t paddr;
    unsigned bits; /* log2 of the page size; 0: unused */
} tlb[TLB_ENTRIES];
static unsigned tlb_next;

void host_tlb_reset(void)
{
    memset(tlb, 0, sizeof(tlb));
}

void tlb_forget_page(const void *root, vaddr_t vaddr)
{
    for (unsigned i = 0; this_core()->arch.loaded_root == root && i < TLB_ENTRIES; i++) {
        if (tlb[i].bits != 0 && ALIGN_DOWN(vaddr, tlb[i].bits) == tlb[i].vaddr) {
            tlb[i].bits = 0;
        }
    }
}

void tlb_forget_space(const void *root)
{
    if (this_core()->arch.loaded_root == root) {
        host_tlb_reset();
    }
}

static bool walk(vaddr_t vaddr, struct translation *found)
{
    const void *table = this_core()->arch.loaded_root;

    for (unsigned level = 0; table != NULL && level < ARCH_VSPACE_LEVELS; level++) {
        const struct vspace_level *l = &arch_vspace_levels[level];
        const struct pte entry =
            ((const struct pte *)table)[vaddr >> l->entry_bits & l->last_index];

        if (pte_is_frame(entry, level)) {
            *found = (struct translation){.vaddr = ALIGN_DOWN(vaddr, l->entry_bits),
                                          .paddr = pte_frame_paddr(entry, level),
                                          .bits = l->entry_bits};
            return true;
        }
        table = pte_is_table(entry, level) ? phys_to_virt(pte_table_paddr(entry)) : NULL;
    }
    return false;
}

bool host_touch(vaddr_t vaddr, paddr_t *paddr)
{
    struct translation found;

    if (vaddr > MASK(47) || !walk(vaddr, &found)) {
        return false;
    }
    tlb[tlb_next++ % TLB_ENTRIES] = found;
    *paddr = found.paddr + (vaddr & MASK(found.bits));
    return true;
}

bool host_find_stale_translation(vaddr_t *vaddr)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        struct translation now;

        if (tlb[i].bits != 0 &&
            !(walk(tlb[i].vaddr, &now) && now.paddr == tlb[i].paddr && now.bits == tlb[i].bits)) {
            *vaddr = tlb[i].vaddr;
            return true;
        }
    }
    return false;
}
