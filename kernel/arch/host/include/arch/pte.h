// SPDX-License-Identifier: BSD-2-Clause
/*
 * Entries of the simulated page tables. Four levels of 512 entries as on x86_64;
 * an entry is an address with its low bits free: present, large or last, rights and
 * attributes.
 */
#pragma once

#include <abi/objects.h>

#include "lib/base.h"

struct pte {
    word_t word;
};

#define PTE_PRESENT_BIT    BIT(0)
#define PTE_FRAME_BIT      BIT(1)
#define PTE_RIGHTS_SHIFT   2
#define PTE_ATTRIBUTES_AT  4
#define PTE_ATTRIBUTE_MASK 7
#define PTE_ADDRESS        0x000ffffffffff000ull

static inline struct pte pte_none(void)
{
    return (struct pte){0};
}

static inline bool pte_is_present(struct pte entry)
{
    return entry.word & PTE_PRESENT_BIT;
}

static inline bool pte_is_frame(struct pte entry, unsigned level)
{
    (void)level;
    return pte_is_present(entry) && (entry.word & PTE_FRAME_BIT);
}

static inline bool pte_is_table(struct pte entry, unsigned level)
{
    return pte_is_present(entry) && !pte_is_frame(entry, level);
}

static inline paddr_t pte_table_paddr(struct pte entry)
{
    return entry.word & PTE_ADDRESS;
}

static inline paddr_t pte_frame_paddr(struct pte entry, unsigned level)
{
    (void)level;
    return entry.word & PTE_ADDRESS;
}

static inline struct pte pte_of_table(paddr_t table, word_t attributes)
{
    return (struct pte){table | PTE_PRESENT_BIT |
                        (attributes & PTE_ATTRIBUTE_MASK) << PTE_ATTRIBUTES_AT};
}

static inline struct pte pte_of_frame(paddr_t frame, unsigned level, unsigned rights,
                                      word_t attributes)
{
    (void)level;
    return (struct pte){frame | PTE_PRESENT_BIT | PTE_FRAME_BIT |
                        (word_t)(rights & (RIGHT_READ | RIGHT_WRITE)) << PTE_RIGHTS_SHIFT |
                        (attributes & PTE_ATTRIBUTE_MASK) << PTE_ATTRIBUTES_AT};
}
