// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rights: text is executable and read-only, read-only data is just that,
 * everything else is writable and not executable, and the window does not give
 * back what the image mapping denies. All leaves are global: they are the same
 * in every address space.
 */
#include "paging.h"
#include "lib/string.h"
#include "low_memory.h"
#include "msr.h"
#include <arch/features.h>

enum {
    PAGE_4K_BITS = 12,
    PAGE_2M_BITS = 21,
    PAGE_1G_BITS = 30,
    TABLE_ENTRIES = 512,
    TABLE_BYTES = 4096,
    IMAGE_TABLES = 4, /* 2 MiB each: the linker script asserts that it is enough */
};

#define PTE_LINK (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define PTE_LEAF (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL)

uint64_t kernel_pml4_entry;
paddr_t kernel_root_paddr;

static uint64_t root[TABLE_ENTRIES] __attribute__((aligned(TABLE_BYTES)));
static uint64_t kernel_pdpt[TABLE_ENTRIES] __attribute__((aligned(TABLE_BYTES)));
static uint64_t image_directory[TABLE_ENTRIES] __attribute__((aligned(TABLE_BYTES)));
static uint64_t image_tables[IMAGE_TABLES * TABLE_ENTRIES] __attribute__((aligned(TABLE_BYTES)));
static uint64_t fixmap_directory[TABLE_ENTRIES] __attribute__((aligned(TABLE_BYTES)));
static uint64_t fixmap_table[TABLE_ENTRIES] __attribute__((aligned(TABLE_BYTES)));

/* Where tables for the window come from: free RAM behind the task image, then later ranges. */
static BOOT_DATA struct {
    struct platform *platform;
    struct phys_range *current; /* entry of platform->used; its end moves up */
    paddr_t limit;
    unsigned next_range;
} table_source;

/* --- Pages for tables ------------------------------------------------------------------------ */

BOOT_CODE static void source_use(paddr_t start, paddr_t limit)
{
    struct platform *platform = table_source.platform;

    if (start < limit && platform->used_count < PLATFORM_USED_MAX) {
        table_source.current = &platform->used[platform->used_count++];
        *table_source.current = (struct phys_range){start, start};
        table_source.limit = limit;
    }
}

/* Moves on to the next RAM range: none of it below the task image, none of it above 4 GiB. */
BOOT_CODE static void source_advance(void)
{
    const struct platform *platform = table_source.platform;
    const struct phys_range *range;

    if (table_source.next_range == platform->ram_count) {
        boot_halt("memory: no RAM below 4 GiB is left for the tables that map RAM; "
                  "give the machine more memory or the task a smaller image");
    }
    range = &platform->ram[table_source.next_range++];
    source_use(MAX(range->start, platform->task.paddr_end), MIN(range->end, LOW_MEMORY_END));
}

BOOT_CODE static paddr_t table_new(void)
{
    paddr_t paddr;

    while (table_source.current == NULL || table_source.current->end >= table_source.limit) {
        source_advance();
    }
    paddr = table_source.current->end;
    table_source.current->end += TABLE_BYTES;
    memset(low_memory(paddr), 0, TABLE_BYTES);
    return paddr;
}

/* --- The window ------------------------------------------------------------------------------ */

BOOT_CODE static uint64_t no_execute(void)
{
    return cpu_features.no_execute ? PTE_NX : 0;
}

BOOT_CODE static unsigned table_index(word_t address, unsigned bits)
{
    return address >> bits & (TABLE_ENTRIES - 1);
}

/* The table below entry `index`; a new one if there is none. */
BOOT_CODE static uint64_t *table_below(uint64_t *table, unsigned index)
{
    if (table[index] == 0) {
        table[index] = table_new() | PTE_LINK;
    }
    assert((table[index] & PTE_LARGE) == 0);
    return low_memory(table[index] & PTE_ADDRESS);
}

/* Maps at `paddr` the largest page that fits below `end`; returns log2 of its size. */
BOOT_CODE static unsigned window_map_page(paddr_t paddr, paddr_t end, uint64_t rights)
{
    uint64_t *pdpt = kernel_pdpt;
    uint64_t *directory;

    if (cpu_features.huge_pages && IS_ALIGNED(paddr, PAGE_1G_BITS) &&
        end - paddr >= BIT(PAGE_1G_BITS)) {
        pdpt[table_index(paddr, PAGE_1G_BITS)] = paddr | PTE_LEAF | PTE_LARGE | rights;
        return PAGE_1G_BITS;
    }
    directory = table_below(pdpt, table_index(paddr, PAGE_1G_BITS));
    if (IS_ALIGNED(paddr, PAGE_2M_BITS) && end - paddr >= BIT(PAGE_2M_BITS)) {
        directory[table_index(paddr, PAGE_2M_BITS)] = paddr | PTE_LEAF | PTE_LARGE | rights;
        return PAGE_2M_BITS;
    }
    table_below(directory, table_index(paddr, PAGE_2M_BITS))[table_index(paddr, PAGE_4K_BITS)] =
        paddr | PTE_LEAF | rights;
    return PAGE_4K_BITS;
}

BOOT_CODE static void window_map(paddr_t start, paddr_t end, uint64_t rights)
{
    while (start < end) {
        start += BIT(window_map_page(start, end, rights));
    }
}

/* The part of `range` within [start, end). */
BOOT_CODE static void window_map_part(const struct phys_range *range, paddr_t start, paddr_t end,
                                      uint64_t rights)
{
    window_map(MAX(range->start, start), MIN(range->end, end), rights);
}

BOOT_CODE static void window_init(const struct platform *platform)
{
    paddr_t fixed_start = image_to_phys(ki_boot_end);
    paddr_t fixed_end = image_to_phys(ki_rodata_end);
    uint64_t nx = no_execute();

    for (unsigned i = 0; i < platform->ram_count; i++) {
        const struct phys_range *range = &platform->ram[i];

        window_map_part(range, 0, fixed_start, PTE_WRITE | nx);
        window_map_part(range, fixed_start, fixed_end, nx);
        window_map_part(range, fixed_end, WINDOW_BYTES, PTE_WRITE | nx);
    }
}

/* --- Image and fixmap ------------------------------------------------------------------------ */

static uint64_t *image_entry(const char *address)
{
    return &image_tables[image_to_phys(address) >> PAGE_4K_BITS];
}

BOOT_CODE static void image_map(const char *start, const char *end, uint64_t rights)
{
    for (const char *page = start; page < end; page += BIT(PAGE_4K_BITS)) {
        *image_entry(page) = image_to_phys(page) | PTE_LEAF | rights;
    }
}

BOOT_CODE static void image_init(void)
{
    uint64_t nx = no_execute();

    image_map(ki_start, ki_boot_text_end, 0);
    image_map(ki_boot_text_end, ki_boot_end, PTE_WRITE | nx);
    image_map(ki_boot_end, ki_text_end, 0);
    image_map(ki_text_end, ki_rodata_end, nx);
    image_map(ki_rodata_end, kernel_stack_guard, PTE_WRITE | nx);
    image_map(kernel_stack, ki_end, PTE_WRITE | nx);
    for (unsigned i = 0; i < IMAGE_TABLES; i++) {
        image_directory[i] = (image_to_phys(image_tables) + i * TABLE_BYTES) | PTE_LINK;
    }
    kernel_pdpt[table_index(IMAGE_BASE, PAGE_1G_BITS)] = image_to_phys(image_directory) | PTE_LINK;
}

BOOT_CODE static void fixmap_init(void)
{
    fixmap_directory[table_index(FIXMAP_BASE, PAGE_2M_BITS)] =
        image_to_phys(fixmap_table) | PTE_LINK;
    kernel_pdpt[table_index(FIXMAP_BASE, PAGE_1G_BITS)] =
        image_to_phys(fixmap_directory) | PTE_LINK;
}

static void page_forget(const volatile void *address)
{
    __asm__ volatile("invlpg %0" : : "m"(*(const volatile char *)address) : "memory");
}

BOOT_CODE void paging_fixmap_set(enum fixmap_page page, paddr_t paddr)
{
    uint64_t rights = PTE_WRITE | PTE_PCD | PTE_PWT | no_execute();

    assert(page < FIXMAP_PAGES);
    assert(IS_ALIGNED(paddr, PAGE_4K_BITS));
    fixmap_table[page] = paddr == 0 ? 0 : paddr | PTE_LEAF | rights;
    page_forget(fixmap_register(page, 0));
}

BOOT_CODE void paging_init(struct platform *platform)
{
    table_source.platform = platform;
    window_init(platform);
    image_init();
    fixmap_init();
    kernel_pml4_entry = image_to_phys(kernel_pdpt) | PTE_LINK;
    root[KERNEL_PML4_INDEX] = kernel_pml4_entry;
    kernel_root_paddr = image_to_phys(root);
    cr3_write(kernel_root_paddr);
}

void paging_finish_boot(void)
{
    for (const char *page = ki_start; page < ki_boot_end; page += BIT(PAGE_4K_BITS)) {
        *image_entry(page) = 0;
        page_forget(page);
    }
}
