// SPDX-License-Identifier: BSD-2-Clause
#include "acpi.h"
#include "core/platform.h"
#include "lib/string.h"
#include "low_memory.h"

/* Where a BIOS keeps the root pointer, and how it is aligned (ACPI 5.2.5.1). */
enum { RSDP_AREA_START = 0xe0000, RSDP_AREA_END = 0x100000, RSDP_STEP_BYTES = 16 };

struct rsdp {
    char signature[8];
    uint8_t checksum; /* makes the first 20 bytes sum up to 0 */
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
} __attribute__((packed));
static_assert(sizeof(struct rsdp) == RSDP_V1_BYTES, "ACPI layout");

enum { RSDP_REVISION_2 = 2 };

struct table_header {
    char signature[4];
    uint32_t length_bytes;
    uint8_t revision;
    uint8_t checksum;
    char oem[6];
    char oem_table[8];
    uint32_t oem_revision;
    char creator[4];
    uint32_t creator_revision;
};
static_assert(sizeof(struct table_header) == 36, "ACPI layout");

struct generic_address {
    uint8_t space; /* 0: memory */
    uint8_t bit_width;
    uint8_t bit_offset;
    uint8_t access_size;
    uint64_t address;
} __attribute__((packed));

struct hpet_table {
    struct table_header header;
    uint32_t block_id;
    struct generic_address address;
} __attribute__((packed));

enum { GENERIC_ADDRESS_MEMORY = 0 };

enum { PAGE_BITS_4K = 12 };

/* Far more than the tables of the largest machines have. */
enum { TABLE_MOST_BYTES = 1 << 20 };

/* Byte offsets in the FADT. */
enum { FADT_PM_TIMER_PORT = 76, FADT_PM_TIMER_LENGTH = 91, FADT_LEAST_BYTES = 92 };

struct madt {
    struct table_header header;
    uint32_t lapic_paddr; /* the processor's own register says it better */
    uint32_t flags;
};

enum madt_type { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_X2APIC = 9 };

enum { MADT_CPU_ENABLED = 1, MADT_LAPIC_BYTES = 8, MADT_IOAPIC_BYTES = 12, MADT_X2APIC_BYTES = 16 };

BOOT_CODE static uint32_t read32(const uint8_t *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}

BOOT_CODE static bool rsdp_is_good(const uint8_t *bytes)
{
    uint8_t sum = 0;

    if (memcmp(bytes, "RSD PTR ", 8) != 0) {
        return false;
    }
    for (unsigned i = 0; i < RSDP_V1_BYTES; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
    return sum == 0;
}

BOOT_CODE static bool rsdp_find(struct platform_extra *extra)
{
    if (extra->has_rsdp) {
        return rsdp_is_good(extra->rsdp);
    }
    for (paddr_t at = RSDP_AREA_START; at < RSDP_AREA_END; at += RSDP_STEP_BYTES) {
        const uint8_t *bytes = low_memory(at);

        if (rsdp_is_good(bytes)) {
            const struct rsdp *rsdp = (const void *)bytes;
            bool is_long = rsdp->revision >= RSDP_REVISION_2;

            memcpy(extra->rsdp, bytes, is_long ? RSDP_BYTES : RSDP_V1_BYTES);
            extra->has_rsdp = true;
            return true;
        }
    }
    return false;
}

BOOT_CODE static void read_madt_entry(const uint8_t *entry, unsigned length,
                                      struct acpi_facts *facts)
{
    switch (entry[0]) {
    case MADT_LAPIC:
        if (length >= MADT_LAPIC_BYTES && (read32(entry + 4) & MADT_CPU_ENABLED) != 0) {
            facts->cpu_count++;
        }
        break;
    case MADT_X2APIC:
        if (length >= MADT_X2APIC_BYTES && (read32(entry + 8) & MADT_CPU_ENABLED) != 0) {
            facts->cpu_count++;
        }
        break;
    case MADT_IOAPIC:
        if (length >= MADT_IOAPIC_BYTES && facts->ioapic_paddr == 0) {
            facts->ioapic_paddr = read32(entry + 4);
            if (!IS_ALIGNED(facts->ioapic_paddr, PAGE_BITS_4K)) {
                boot_halt("firmware: the ACPI table APIC has an I/O APIC at 0x%lx; accepted: a "
                          "multiple of 0x1000",
                          facts->ioapic_paddr);
            }
        }
        break;
    default: break;
    }
}

BOOT_CODE static void read_madt(const struct table_header *table, struct acpi_facts *facts)
{
    const uint8_t *bytes = (const uint8_t *)table;
    uint32_t at = sizeof(struct madt);

    while (at + 2 <= table->length_bytes) {
        unsigned length = bytes[at + 1];

        if (length < 2 || at + length > table->length_bytes) {
            break;
        }
        read_madt_entry(bytes + at, length, facts);
        at += length;
    }
}

BOOT_CODE static void read_fadt(const struct table_header *table, struct acpi_facts *facts)
{
    const uint8_t *bytes = (const uint8_t *)table;

    if (table->length_bytes >= FADT_LEAST_BYTES && bytes[FADT_PM_TIMER_LENGTH] == 4) {
        facts->pm_timer_port = (uint16_t)read32(bytes + FADT_PM_TIMER_PORT);
    }
}

BOOT_CODE static void read_hpet(const struct table_header *table, struct acpi_facts *facts)
{
    const struct hpet_table *hpet = (const void *)table;

    if (table->length_bytes >= sizeof(*hpet) && facts->hpet_paddr == 0 &&
        hpet->address.space == GENERIC_ADDRESS_MEMORY) {
        facts->hpet_paddr = hpet->address.address;
    }
}

static const struct {
    char signature[5];
    void (*read)(const struct table_header *table, struct acpi_facts *facts);
} readers[] = {{"APIC", read_madt}, {"FACP", read_fadt}, {"HPET", read_hpet}};

/* The table there if that is its name, and all of it can be read; null: another one or none. */
BOOT_CODE static const struct table_header *table_at(uint32_t paddr, const char *signature)
{
    const struct table_header *table = low_memory(paddr);

    if (paddr > LOW_MEMORY_END - sizeof(*table) || memcmp(table->signature, signature, 4) != 0) {
        return NULL;
    }
    if (table->length_bytes < sizeof(*table) || table->length_bytes > TABLE_MOST_BYTES ||
        table->length_bytes > LOW_MEMORY_END - paddr) {
        boot_halt("firmware: the ACPI table %s at 0x%x claims to have %u bytes; accepted: %zu to "
                  "%u, all below 4 GiB",
                  signature, paddr, table->length_bytes, sizeof(*table), TABLE_MOST_BYTES);
    }
    return table;
}

BOOT_CODE static void read_table(uint32_t paddr, struct acpi_facts *facts)
{
    for (unsigned i = 0; i < ARRAY_SIZE(readers); i++) {
        const struct table_header *table = table_at(paddr, readers[i].signature);

        if (table != NULL) {
            readers[i].read(table, facts);
        }
    }
}

BOOT_CODE void acpi_read(struct platform_extra *extra, struct acpi_facts *facts)
{
    struct rsdp rsdp;
    const struct table_header *rsdt;

    if (!rsdp_find(extra)) {
        boot_halt("firmware: no ACPI root pointer at 0x%x to 0x%x nor from the boot loader; "
                  "this kernel finds its interrupt controllers and timers through ACPI",
                  RSDP_AREA_START, RSDP_AREA_END - 1);
    }
    memcpy(&rsdp, extra->rsdp, sizeof(rsdp));
    rsdt = table_at(rsdp.rsdt, "RSDT");
    if (rsdt == NULL) {
        boot_halt("firmware: no ACPI table list (RSDT) at 0x%x, where the root pointer says",
                  rsdp.rsdt);
    }
    for (uint32_t at = sizeof(*rsdt); at + 4 <= rsdt->length_bytes; at += 4) {
        read_table(read32((const uint8_t *)rsdt + at), facts);
    }
    /* A table without processors is a table of a single one. */
    facts->cpu_count = MAX(facts->cpu_count, 1u);
}
