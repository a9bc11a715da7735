// SPDX-License-Identifier: BSD-2-Clause
/* Model specific and control registers (Intel SDM 4, SDM 3A 2.5; AMD APM 2 appendix A). */
#pragma once

#include "lib/base.h"

enum msr {
    MSR_APIC_BASE = 0x1b,
    MSR_SYSENTER_CS = 0x174,
    MSR_PAT = 0x277,
    MSR_EFER = 0xc0000080,
    MSR_STAR = 0xc0000081,
    MSR_LSTAR = 0xc0000082,
    MSR_CSTAR = 0xc0000083,
    MSR_FMASK = 0xc0000084,
    MSR_FS_BASE = 0xc0000100,
    MSR_GS_BASE = 0xc0000101,
    MSR_KERNEL_GS_BASE = 0xc0000102,
};

enum {
    EFER_SCE = 1u << 0,
    EFER_LME = 1u << 8,
    EFER_NXE = 1u << 11,
};

enum {
    APIC_BASE_X2APIC = 1u << 10,
    APIC_BASE_ENABLE = 1u << 11,
};

#define CR0_PE BIT(0)
#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_PG BIT(31)

#define CR4_PSE        BIT(4)
#define CR4_PAE        BIT(5)
#define CR4_MCE        BIT(6)
#define CR4_PGE        BIT(7)
#define CR4_PCE        BIT(8)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP       BIT(11)
#define CR4_FSGSBASE   BIT(16)
#define CR4_OSXSAVE    BIT(18)
#define CR4_SMEP       BIT(20)
#define CR4_SMAP       BIT(21)

/* RFLAGS bits the kernel names. */
#define FLAGS_TF   BIT(8)
#define FLAGS_IF   BIT(9)
#define FLAGS_DF   BIT(10)
#define FLAGS_IOPL (3ull << 12)
#define FLAGS_NT   BIT(14)
#define FLAGS_RF   BIT(16)
#define FLAGS_VM   BIT(17)
#define FLAGS_AC   BIT(18)

ALWAYS_INLINE uint64_t msr_read(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

ALWAYS_INLINE void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

#define CONTROL_REGISTER(name)                                                                     \
    ALWAYS_INLINE word_t name##_read(void)                                                         \
    {                                                                                              \
        word_t value;                                                                              \
                                                                                                   \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value) : : "memory");                        \
        return value;                                                                              \
    }                                                                                              \
                                                                                                   \
    ALWAYS_INLINE void name##_write(word_t value)                                                  \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");                            \
    }

CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)

#undef CONTROL_REGISTER

/* XCR0; only where CR4.OSXSAVE is on. */
ALWAYS_INLINE void xcr0_write(uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}
