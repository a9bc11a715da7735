// SPDX-License-Identifier: BSD-2-Clause
/* Address spaces: what is mapped is backed by capabilities that say so. */
#include "arch/host/host.h"
#include "check.h"
#include "fuzz.h"
#include "object/asid.h"
#include "object/tcb.h"
#include "object/vspace.h"
#include <arch/kernel_map.h>
#include <arch/pte.h>
#include <arch/vspace.h>

/* ---- mappings that capabilities claim, found by place ---- */

enum { CLAIMS = 1 << 15 };

static struct claim {
    unsigned round;
    word_t mapping; /* ASID and address, as in the capability */
    paddr_t paddr;
    unsigned bits;
} claims[CLAIMS];
static unsigned round_number;

static unsigned claim_hash(word_t mapping, paddr_t paddr)
{
    return (unsigned)((mapping ^ paddr * 31) * 0x9e3779b97f4a7c15ull >> 40) & (CLAIMS - 1);
}

static void claim(word_t mapping, paddr_t paddr, unsigned bits)
{
    unsigned at = claim_hash(mapping, paddr);

    while (claims[at].round == round_number) {
        at = (at + 1) & (CLAIMS - 1);
    }
    claims[at] = (struct claim){round_number, mapping, paddr, bits};
}

static bool is_claimed(word_t mapping, paddr_t paddr, unsigned bits)
{
    for (unsigned at = claim_hash(mapping, paddr); claims[at].round == round_number;
         at = (at + 1) & (CLAIMS - 1)) {
        if (claims[at].mapping == mapping && claims[at].paddr == paddr && claims[at].bits == bits) {
            return true;
        }
    }
    return false;
}

static void collect_claims(void)
{
    const struct node_list frames = model_list(CAP_FRAME);
    const struct node_list tables = model_list(CAP_TABLE);

    round_number++;
    for (unsigned i = 0; i < frames.count; i++) {
        const struct cap cap = frames.nodes[i]->slot->cap;

        if (cap_is_mapped(cap)) {
            claim(cap.data, cap_paddr(cap), cap.bits);
        }
    }
    for (unsigned i = 0; i < tables.count; i++) {
        const struct cap cap = tables.nodes[i]->slot->cap;

        if (cap_is_mapped(cap)) {
            claim(cap.data, virt_to_phys(cap_object(cap)), cap.bits);
        }
    }
}

/* ---- the tables ---- */

static void check_table(const struct pte *table, unsigned level, unsigned asid, vaddr_t vaddr);

static void check_entry(struct pte entry, unsigned level, unsigned asid, vaddr_t vaddr)
{
    const word_t mapping = (word_t)asid << MAPPING_ASID_SHIFT | vaddr;

    if (pte_is_frame(entry, level)) {
        EXPECT(is_claimed(mapping, pte_frame_paddr(entry, level),
                          arch_vspace_levels[level].entry_bits),
               "frame 0x%lx is mapped at 0x%lx in address space %u without a capability for it",
               pte_frame_paddr(entry, level), vaddr, asid);
        return;
    }
    const paddr_t paddr = pte_table_paddr(entry);

    check_alive(phys_to_virt(paddr), CAP_TABLE, "page table entry", (const void *)vaddr);
    EXPECT(is_claimed(mapping, paddr, level + 1),
           "table 0x%lx is mapped at 0x%lx in address space %u without a capability for it", paddr,
           vaddr, asid);
    check_table(phys_to_virt(paddr), level + 1, asid, vaddr);
}

static void check_table(const struct pte *table, unsigned level, unsigned asid, vaddr_t vaddr)
{
    const struct vspace_level *l = &arch_vspace_levels[level];

    for (word_t i = 0; i <= l->last_index; i++) {
        if (level == 0 && i == HOST_KERNEL_INDEX) {
            EXPECT(table[i].word == HOST_KERNEL_ENTRY, "root %p lacks the kernel's entry",
                   (const void *)table);
        } else if (unlikely(pte_is_present(table[i]))) {
            check_entry(table[i], level, asid, vaddr | i << l->entry_bits);
        } else {
            EXPECT(table[i].word == 0, "table %p: entry %lu is neither empty nor present (0x%lx)",
                   (const void *)table, i, table[i].word);
        }
    }
}

/* A root is known under its ASID only to capabilities that carry the ASID. */
static void check_root(unsigned asid, const void *root)
{
    const struct object *object = check_alive(root, CAP_TABLE, "ASID", (const void *)(word_t)asid);

    EXPECT(
        is_claimed((word_t)asid << MAPPING_ASID_SHIFT, virt_to_phys((const void *)object->base), 0),
        "address space %u has root %p, but no capability says so", asid, root);
    check_table(root, 0, asid, 0);
}

static void check_pools(void)
{
    for (unsigned number = 0; number < ASID_POOL_COUNT; number++) {
        const struct asid_pool *pool = asid_pools[number];

        if (pool == NULL) {
            continue;
        }
        check_alive(pool, CAP_ASID_POOL, "ASID pool", (const void *)(word_t)number);
        for (unsigned i = 0; i < ASID_POOL_ENTRIES; i++) {
            if (pool->roots[i] != NULL) {
                check_root(number << ASID_POOL_INDEX_BITS | i, pool->roots[i]);
            }
        }
    }
}

/* ---- what the processor has loaded ---- */

static bool is_live_root(const void *root)
{
    for (unsigned asid = 0; asid < ASID_POOL_COUNT << ASID_POOL_INDEX_BITS; asid++) {
        if (asid_root(asid) == root) {
            return true;
        }
    }
    return false;
}

static void check_processor(void)
{
    const struct core_arch *arch = &host_core->arch;
    vaddr_t vaddr;

    if (arch->loaded_root != NULL) {
        check_alive(arch->loaded_root, CAP_TABLE, "loaded root", arch);
        EXPECT(is_live_root(arch->loaded_root), "the loaded root %p has no ASID any more",
               arch->loaded_root);
    }
    const struct cap root = host_core->current->slots[TCB_SLOT_VSPACE].cap;

    /* A thread that loses its capability keeps running in the space until somebody else runs. */
    EXPECT(host_core->current == host_core->idle || root.type == CAP_NULL ||
               arch->loaded_root == vspace_root_table(root),
           "the current thread does not run in its address space");
    if (arch->bases_of != NULL) {
        check_alive(arch->bases_of, CAP_TCB, "owner of the bases", arch);
    }
    if (arch->fpu_owner != NULL) {
        check_alive(arch->fpu_owner, CAP_TCB, "owner of the FPU", arch);
    }
    EXPECT(!host_find_stale_translation(&vaddr), "the TLB still knows 0x%lx", vaddr);
}

void check_spaces(void)
{
    collect_claims();
    check_pools();
    check_processor();
}

void check_all(void)
{
    check_tree();
    check_memory();
    check_threads();
    check_spaces();
}
