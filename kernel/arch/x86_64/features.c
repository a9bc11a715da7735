// SPDX-License-Identifier: BSD-2-Clause
#include "core/platform.h"
#include "msr.h"
#include <arch/features.h>

struct cpu_features cpu_features;

/* Output registers of CPUID, in the order feature_bit names them. */
enum cpuid_register { CPUID_A, CPUID_B, CPUID_C, CPUID_D };

struct cpuid {
    uint32_t registers[4];
};

/* A feature flag: leaf, register, bit (Intel SDM 2A CPUID, AMD APM 3 appendix E). */
struct feature_bit {
    uint32_t leaf;
    enum cpuid_register from;
    unsigned bit;
    const char *name;
};

enum {
    CPUID_BASIC = 0x00000000,
    CPUID_VERSION = 0x00000001,
    CPUID_STRUCTURED = 0x00000007,
    CPUID_XSTATE = 0x0000000d,
    CPUID_EXTENDED = 0x80000000,
    CPUID_EXTENDED_CPU = 0x80000001,
    CPUID_ADDRESS_SIZES = 0x80000008,
};

static const struct feature_bit necessary[] = {
    {CPUID_VERSION, CPUID_D, 3, "4 MiB pages (PSE)"},
    {CPUID_VERSION, CPUID_D, 4, "time stamp counter (TSC)"},
    {CPUID_VERSION, CPUID_D, 5, "model specific registers (MSR)"},
    {CPUID_VERSION, CPUID_D, 9, "local APIC (APIC)"},
    {CPUID_VERSION, CPUID_D, 13, "global pages (PGE)"},
    {CPUID_VERSION, CPUID_D, 16, "page attribute table (PAT)"},
    {CPUID_VERSION, CPUID_D, 24, "FXSAVE (FXSR)"},
    {CPUID_VERSION, CPUID_D, 26, "SSE2"},
    {CPUID_EXTENDED_CPU, CPUID_D, 11, "SYSCALL"},
};

/* PAT entries 0 to 4: write back, write through, uncached minus, uncached, write combining. */
#define PAT_OUR_ENTRIES 0x0100070406ull
#define PAT_OUR_MASK    0xffffffffffull

enum { XCR0_X87_SSE = 3 };

BOOT_CODE static struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid out;

    __asm__ volatile("cpuid"
                     : "=a"(out.registers[CPUID_A]), "=b"(out.registers[CPUID_B]),
                       "=c"(out.registers[CPUID_C]), "=d"(out.registers[CPUID_D])
                     : "a"(leaf), "c"(subleaf));
    return out;
}

/* False also when the processor has no such leaf (it would return another leaf's data). */
BOOT_CODE static bool cpuid_bit(uint32_t leaf, uint32_t subleaf, enum cpuid_register from,
                                unsigned bit)
{
    uint32_t range = leaf & CPUID_EXTENDED;

    if (cpuid_read(range, 0).registers[CPUID_A] < leaf) {
        return false;
    }
    return (cpuid_read(leaf, subleaf).registers[from] & BIT(bit)) != 0;
}

BOOT_CODE static void require_necessary(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(necessary); i++) {
        const struct feature_bit *feature = &necessary[i];

        if (!cpuid_bit(feature->leaf, 0, feature->from, feature->bit)) {
            boot_halt("processor: it has no %s; this kernel needs it", feature->name);
        }
    }
}

/* Intel SDM 2A, CPUID leaf 1: the extended parts count only for some families. */
BOOT_CODE static void read_version(void)
{
    uint32_t version = cpuid_read(CPUID_VERSION, 0).registers[CPUID_A];
    uint32_t family = version >> 8 & 15;
    uint32_t model = version >> 4 & 15;

    cpu_features.model = family == 6 || family == 15 ? (version >> 16 & 15) << 4 | model : model;
    cpu_features.family = family == 15 ? family + (version >> 20 & 255) : family;
}

BOOT_CODE static uint8_t read_physical_bits(void)
{
    enum { LEAST_OF_LONG_MODE = 36 };

    if (cpuid_read(CPUID_EXTENDED, 0).registers[CPUID_A] < CPUID_ADDRESS_SIZES) {
        return LEAST_OF_LONG_MODE;
    }
    return (uint8_t)cpuid_read(CPUID_ADDRESS_SIZES, 0).registers[CPUID_A];
}

BOOT_CODE void features_probe(void)
{
    require_necessary();
    read_version();
    cpu_features.physical_bits = read_physical_bits();
    cpu_features.huge_pages = cpuid_bit(CPUID_EXTENDED_CPU, 0, CPUID_D, 26);
    cpu_features.no_execute = cpuid_bit(CPUID_EXTENDED_CPU, 0, CPUID_D, 20);
    cpu_features.fsgsbase = cpuid_bit(CPUID_STRUCTURED, 0, CPUID_B, 0);
    cpu_features.smep = cpuid_bit(CPUID_STRUCTURED, 0, CPUID_B, 7);
    cpu_features.smap = cpuid_bit(CPUID_STRUCTURED, 0, CPUID_B, 20);
    cpu_features.umip = cpuid_bit(CPUID_STRUCTURED, 0, CPUID_C, 2);
    cpu_features.xsave = cpuid_bit(CPUID_VERSION, 0, CPUID_C, 26);
    cpu_features.xsaveopt = cpu_features.xsave && cpuid_bit(CPUID_XSTATE, 1, CPUID_A, 0);
}

/* Every bit is decided here: what the firmware had set in CR4 does not survive. */
BOOT_CODE static word_t cr4_value(const struct abi_profile *profile)
{
    word_t value = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    const struct {
        bool on;
        word_t bit;
    } optional[] = {
        {cpu_features.fsgsbase, CR4_FSGSBASE},
        {cpu_features.smep, CR4_SMEP},
        {cpu_features.smap, CR4_SMAP},
        {cpu_features.umip, CR4_UMIP},
        {cpu_features.xsave, CR4_OSXSAVE},
        {profile->pmc, CR4_PCE},
        {cpuid_bit(CPUID_VERSION, 0, CPUID_D, 7), CR4_MCE},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(optional); i++) {
        value |= optional[i].on ? optional[i].bit : 0;
    }
    return value;
}

BOOT_CODE void features_init_core(const struct abi_profile *profile)
{
    word_t efer = msr_read(MSR_EFER) | EFER_SCE;

    if (cpu_features.no_execute) {
        efer |= EFER_NXE;
    }
    msr_write(MSR_EFER, efer);
    msr_write(MSR_PAT, (msr_read(MSR_PAT) & ~PAT_OUR_MASK) | PAT_OUR_ENTRIES);
    cr0_write(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
    cr4_write(cr4_value(profile));
    if (cpu_features.xsave) {
        xcr0_write(XCR0_X87_SSE);
    }
}
