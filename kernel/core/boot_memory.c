// SPDX-License-Identifier: BSD-2-Clause
#include "core/boot_memory.h"

#include <abi/limits.h>
#include <abi/objects.h>

#define RANGES_MAX 48

/* Ascending, not overlapping. */
struct range_list {
    struct phys_range ranges[RANGES_MAX];
    unsigned count;
};

BOOT_DATA static const struct platform *platform;
BOOT_DATA static struct range_list free_ram;
BOOT_DATA static struct range_list devices;

BOOT_CODE static void insert_at(struct range_list *list, unsigned index, struct phys_range range)
{
    if (list->count == RANGES_MAX) {
        boot_halt("the memory map has more than %u pieces", RANGES_MAX);
    }
    for (unsigned i = list->count; i > index; i--) {
        list->ranges[i] = list->ranges[i - 1];
    }
    list->ranges[index] = range;
    list->count++;
}

BOOT_CODE static void remove_at(struct range_list *list, unsigned index)
{
    list->count--;
    for (unsigned i = index; i < list->count; i++) {
        list->ranges[i] = list->ranges[i + 1];
    }
}

/* Takes [start, end) out of every range it touches. */
BOOT_CODE static void subtract(struct range_list *list, struct phys_range hole)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct phys_range range = list->ranges[i];

        if (hole.end <= range.start || hole.start >= range.end || hole.start >= hole.end) {
            continue;
        }
        remove_at(list, i);
        if (range.end > hole.end) {
            insert_at(list, i, (struct phys_range){hole.end, range.end});
        }
        if (range.start < hole.start) {
            insert_at(list, i, (struct phys_range){range.start, hole.start});
        }
        i--; /* look again at what took this place; a remainder no longer touches the hole */
    }
}

BOOT_CODE void boot_memory_init(const struct platform *from)
{
    const struct phys_range image = {from->kernel.start, from->task.paddr_end};

    platform = from;
    devices.ranges[0] = (struct phys_range){0, DEVICE_TOP};
    devices.count = 1;
    for (unsigned i = 0; i < from->ram_count; i++) {
        insert_at(&free_ram, free_ram.count, from->ram[i]);
        subtract(&devices, from->ram[i]);
    }
    subtract(&free_ram, image);
    subtract(&devices, image);
    for (unsigned i = 0; i < from->used_count; i++) {
        subtract(&free_ram, from->used[i]);
    }
    for (unsigned i = 0; i < from->device_hole_count; i++) {
        subtract(&devices, from->device_holes[i]);
    }
}

BOOT_CODE paddr_t boot_memory_take(word_t size_bytes, unsigned align_bits)
{
    for (unsigned i = free_ram.count; i-- > 0;) {
        const struct phys_range range = free_ram.ranges[i];

        if (range.end - range.start < size_bytes) {
            continue;
        }
        const paddr_t start = ALIGN_DOWN(range.end - size_bytes, align_bits);

        if (start >= range.start) {
            subtract(&free_ram, (struct phys_range){start, start + size_bytes});
            return start;
        }
    }
    boot_halt("not enough memory: the initial task's objects need %lu KiB in one piece, aligned to "
              "2^%u; more RAM, a smaller task or a smaller root_cnode_bits= would do",
              size_bytes >> 10, align_bits);
}

BOOT_CODE static void cut(struct phys_range range, bool is_device,
                          void (*report)(paddr_t, unsigned, bool))
{
    while (range.start < range.end) {
        const word_t biased = range.start + UNTYPED_ALIGN_BIAS;
        unsigned bits = MIN(log2_floor(range.end - range.start), (unsigned)MAX_UNTYPED_BITS);

        if (biased != 0) {
            bits = MIN(bits, count_trailing_zeros(biased));
        }
        if (bits >= MIN_UNTYPED_BITS) {
            report(range.start, bits, is_device);
        }
        range.start += BIT(bits);
    }
}

BOOT_CODE void boot_memory_for_each_untyped(void (*report)(paddr_t, unsigned, bool))
{
    for (unsigned i = 0; i < devices.count; i++) {
        cut(devices.ranges[i], true, report);
    }
    cut(platform->kernel_boot, false, report);
    for (unsigned i = 0; i < free_ram.count; i++) {
        cut(free_ram.ranges[i], false, report);
    }
}
