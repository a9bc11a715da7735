// SPDX-License-Identifier: BSD-2-Clause
/*
 * Page table entries (Intel SDM 3A 4.5): level 0 PML4, 1 PDPT, 2 directory, 3 table.
 *
 * Attribute words of the interface: bit 0 PWT, 1 PCD, 2 PAT. The PAT bit moves
 * with the page size and does not exist for tables; 1 GiB pages ignore it.
 */
#pragma once

#include <abi/objects.h>

#include "lib/base.h"

struct pte {
    word_t word;
};

#define PTE_ENTRY_PRESENT     BIT(0)
#define PTE_ENTRY_WRITE       BIT(1)
#define PTE_ENTRY_USER        BIT(2)
#define PTE_ENTRY_CACHE_SHIFT 3 /* PWT, PCD */
#define PTE_ENTRY_CACHE_MASK  3
#define PTE_ENTRY_LARGE       BIT(7)
#define PTE_ENTRY_PAT_4K      BIT(7)
#define PTE_ENTRY_PAT_LARGE   BIT(12)
#define PTE_ENTRY_ADDRESS     0x000ffffffffff000ull
#define PTE_ENTRY_ADDRESS_2M  0x000fffffffe00000ull /* also right for 1 GiB: those bits are 0 */
#define ATTRIBUTE_PAT         BIT(2)

enum { LEVEL_DIRECTORY = 2, LEVEL_LAST = 3 };

static inline struct pte pte_none(void)
{
    return (struct pte){0};
}

static inline bool pte_is_present(struct pte entry)
{
    return entry.word & PTE_ENTRY_PRESENT;
}

static inline bool pte_is_frame(struct pte entry, unsigned level)
{
    return pte_is_present(entry) && (level == LEVEL_LAST || (entry.word & PTE_ENTRY_LARGE));
}

static inline bool pte_is_table(struct pte entry, unsigned level)
{
    return pte_is_present(entry) && !pte_is_frame(entry, level);
}

static inline paddr_t pte_table_paddr(struct pte entry)
{
    return entry.word & PTE_ENTRY_ADDRESS;
}

static inline paddr_t pte_frame_paddr(struct pte entry, unsigned level)
{
    return entry.word & (level == LEVEL_LAST ? PTE_ENTRY_ADDRESS : PTE_ENTRY_ADDRESS_2M);
}

static inline word_t pte_cache_bits(word_t attributes)
{
    return (attributes & PTE_ENTRY_CACHE_MASK) << PTE_ENTRY_CACHE_SHIFT;
}

static inline struct pte pte_of_table(paddr_t table, word_t attributes)
{
    return (struct pte){table | PTE_ENTRY_PRESENT | PTE_ENTRY_WRITE | PTE_ENTRY_USER |
                        pte_cache_bits(attributes)};
}

static inline struct pte pte_of_frame(paddr_t frame, unsigned level, unsigned rights,
                                      word_t attributes)
{
    struct pte entry = {frame | PTE_ENTRY_PRESENT | pte_cache_bits(attributes)};

    if (rights & RIGHT_READ) {
        entry.word |= PTE_ENTRY_USER;
    }
    if (rights & RIGHT_WRITE) {
        entry.word |= PTE_ENTRY_WRITE;
    }
    if (level != LEVEL_LAST) {
        entry.word |= PTE_ENTRY_LARGE;
    }
    if (attributes & ATTRIBUTE_PAT) {
        entry.word |= level == LEVEL_LAST        ? PTE_ENTRY_PAT_4K
                      : level == LEVEL_DIRECTORY ? PTE_ENTRY_PAT_LARGE
                                                 : 0;
    }
    return entry;
}
