// SPDX-License-Identifier: BSD-2-Clause
/* What the processor says it can. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid id;

    __asm__ volatile("cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(0));
    return id;
}

static inline bool has_huge_pages(void)
{
    return cpuid(0x80000000).eax >= 0x80000001 && (cpuid(0x80000001).edx & 1u << 26) != 0;
}

/* Then instruction fetches are told apart in page faults. */
static inline bool has_smep(void)
{
    return cpuid(0).eax >= 7 && (cpuid(7).ebx & 1u << 7) != 0;
}
