// SPDX-License-Identifier: BSD-2-Clause
#include "core/ram_map.h"

enum { PAGE_BITS_4K = 12 };

BOOT_CODE static void insert_at(struct platform *platform, unsigned index, struct phys_range range)
{
    if (platform->ram_count == PLATFORM_RAM_MAX) {
        return;
    }
    for (unsigned i = platform->ram_count; i > index; i--) {
        platform->ram[i] = platform->ram[i - 1];
    }
    platform->ram[index] = range;
    platform->ram_count++;
}

BOOT_CODE static void delete_at(struct platform *platform, unsigned index)
{
    platform->ram_count--;
    for (unsigned i = index; i < platform->ram_count; i++) {
        platform->ram[i] = platform->ram[i + 1];
    }
}

BOOT_CODE void ram_map_add(struct platform *platform, struct phys_range range,
                           struct phys_range usable)
{
    unsigned i = 0;

    range.start = ALIGN_UP(MAX(range.start, usable.start), PAGE_BITS_4K);
    range.end = ALIGN_DOWN(MIN(range.end, usable.end), PAGE_BITS_4K);
    if (range.start >= range.end) {
        return;
    }
    while (i < platform->ram_count && platform->ram[i].end <= range.start) {
        i++;
    }
    /* Neighbours stay apart as the map has them; only real overlaps become one. */
    while (i < platform->ram_count && platform->ram[i].start < range.end) {
        range.start = MIN(range.start, platform->ram[i].start);
        range.end = MAX(range.end, platform->ram[i].end);
        delete_at(platform, i);
    }
    insert_at(platform, i, range);
}

BOOT_CODE void ram_map_remove(struct platform *platform, struct phys_range range)
{
    unsigned i = 0;

    if (range.start >= range.end) {
        return;
    }
    range.start = ALIGN_DOWN(range.start, PAGE_BITS_4K);
    while (i < platform->ram_count) {
        struct phys_range old = platform->ram[i];

        if (old.end <= range.start || old.start >= range.end) {
            i++;
            continue;
        }
        delete_at(platform, i);
        if (old.start < range.start) {
            insert_at(platform, i++, (struct phys_range){old.start, range.start});
        }
        /* The order of the two comparisons keeps the rounding from wrapping around. */
        if (range.end < old.end && ALIGN_UP(range.end, PAGE_BITS_4K) < old.end) {
            insert_at(platform, i++,
                      (struct phys_range){ALIGN_UP(range.end, PAGE_BITS_4K), old.end});
        }
    }
}

BOOT_CODE bool ram_map_covers(const struct platform *platform, paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < platform->ram_count; i++) {
        if (platform->ram[i].start <= start && start < platform->ram[i].end) {
            start = platform->ram[i].end;
        }
    }
    return start >= end;
}
