// SPDX-License-Identifier: BSD-2-Clause
#include "memory.h"
#include <string.h>

enum {
    BITS = 64,
    OBJECT_BITS_MIN = 4,
    SLOT_BITS = 5,
    /* Made for the initial task at boot: its TCB, message buffer, boot information, ASID pool,
     * scheduling context and root table, and what the kernel tells beyond one page. */
    BOOT_PAGES = 16,
    /* Page tables that the initialiser needs for its own windows. */
    INITIALISER_PAGES = 16,
};
/* Of the PC that QEMU makes: firmware tables at the end of memory below 4 GiB, and the hole. */
static const uint64_t pc_ram_start = 0x100000, pc_ram_end_kept = 0x20000;
static const uint64_t pc_hole_from = 0xe0000000, pc_hole_start = 0xc0000000;
static const uint64_t pc_hole_end = UINT64_C(1) << 32;

/* Free ranges, ascending. */
struct free_map {
    struct range ranges[MEMORY_RANGES_MAX];
    size_t count;
};

void machine_set_ram(struct machine *machine, const struct target *target, uint64_t ram_bytes)
{
    if (!target_is(target, SYSTEM_X86_64)) {
        memcpy(machine->ram, target->board->ram, sizeof(machine->ram));
        return;
    }
    machine->ram[0] = (struct range){pc_ram_start, ram_bytes - pc_ram_end_kept};
    if (ram_bytes >= pc_hole_from) {
        machine->ram[0].end = pc_hole_start - pc_ram_end_kept;
        machine->ram[1] = (struct range){pc_hole_end, pc_hole_end + ram_bytes - pc_hole_start};
    }
}

static void insert_range(struct plan *plan, struct free_map *map, size_t at, struct range range)
{
    if (range.start >= range.end) {
        return;
    }
    if (map->count == MEMORY_RANGES_MAX) {
        refuse(plan->job, RULE_MEMORY_FIXED, NULL, NULL,
               "fixed addresses cut memory into more than %d pieces", MEMORY_RANGES_MAX);
    }
    memmove(&map->ranges[at + 1], &map->ranges[at], (map->count - at) * sizeof(map->ranges[0]));
    map->ranges[at] = range;
    map->count++;
}

/* Takes a range out of the free memory; parts that are not free do not matter. */
static void take_range(struct plan *plan, struct free_map *map, struct range taken)
{
    for (size_t i = 0; i < map->count;) {
        struct range range = map->ranges[i];

        if (taken.start >= range.end || range.start >= taken.end) {
            i++;
            continue;
        }
        map->count--;
        memmove(&map->ranges[i], &map->ranges[i + 1], (map->count - i) * sizeof(map->ranges[0]));
        if (taken.end < range.end) {
            insert_range(plan, map, i, (struct range){taken.end, range.end});
        }
        if (range.start < taken.start) {
            insert_range(plan, map, i, (struct range){range.start, taken.start});
            i++;
        }
    }
}

static bool is_free(const struct free_map *map, struct range range)
{
    for (size_t i = 0; i < map->count; i++) {
        if (range.start >= map->ranges[i].start && range.end <= map->ranges[i].end) {
            return true;
        }
    }
    return false;
}

static uint64_t free_bytes(const struct free_map *map)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < map->count; i++) {
        bytes += map->ranges[i].end - map->ranges[i].start;
    }
    return bytes;
}

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

/* What is made for the initial task at boot, at the end of the highest range that holds it. */
static struct range boot_block(const struct plan *plan, const struct machine *machine,
                               const struct free_map *map)
{
    unsigned cnode_bits = (unsigned)plan->target->options.ROOT_CNODE_SIZE_BITS + SLOT_BITS;
    uint64_t tables = (machine->task_bytes >> LARGE_PAGE_BITS) + 4;
    uint64_t size = (UINT64_C(1) << cnode_bits) + (BOOT_PAGES + tables) * PAGE_BYTES;
    uint64_t align = UINT64_C(1) << cnode_bits;

    for (size_t i = map->count; i-- > 0;) {
        const struct range *range = &map->ranges[i];
        uint64_t start = range->end < size ? 0 : (range->end - size) & ~(align - 1);

        if (range->end >= size && start >= range->start) {
            return (struct range){start, start + size};
        }
    }
    refuse(plan->job, RULE_MEMORY_FULL, NULL, NULL,
           "there are not even the %llu KiB that the kernel needs for the initial task",
           (unsigned long long)size >> 10);
}

static struct free_map memory_after_boot(struct plan *plan, const struct machine *machine)
{
    struct free_map map = {.count = 0};
    uint64_t task = page_up(machine->kernel.end);

    for (size_t i = 0; i < RAM_RANGES_MAX; i++) {
        insert_range(plan, &map, map.count, machine->ram[i]);
    }
    take_range(plan, &map, (struct range){machine->kernel.start, task});
    if (!is_free(&map, (struct range){task, task + machine->task_bytes})) {
        refuse(plan->job, RULE_MEMORY_FULL, NULL, NULL,
               "the image of %llu KiB does not fit behind the kernel, which ends at 0x%llx",
               (unsigned long long)machine->task_bytes >> 10, (unsigned long long)task);
    }
    take_range(plan, &map, (struct range){task, page_up(task + machine->task_bytes)});
    take_range(plan, &map, boot_block(plan, machine, &map));
    return map;
}

static bool overlaps(struct range a, struct range b)
{
    return a.start < b.end && b.start < a.end;
}

/* A fixed range is RAM or device memory as a whole, and the kernel must give it away. */
static void take_fixed(struct plan *plan, const struct machine *machine, struct free_map *map,
                       const struct region *region, struct memory_use *use)
{
    struct range fixed = {region->paddr, region->paddr + region->size};

    if (is_free(map, fixed)) {
        take_range(plan, map, fixed);
        use->fixed_bytes += region->size;
        return;
    }
    for (size_t i = 0; i < RAM_RANGES_MAX; i++) {
        if (overlaps(fixed, machine->ram[i])) {
            refuse(plan->job, RULE_MEMORY_FIXED, &region->place, NULL,
                   "memory region '%s' at 0x%llx..0x%llx is partly RAM, or in memory that kernel "
                   "and initialiser use; RAM is 0x%llx..0x%llx",
                   region->name, (unsigned long long)fixed.start, (unsigned long long)fixed.end,
                   (unsigned long long)machine->ram[i].start,
                   (unsigned long long)machine->ram[i].end);
        }
    }
    for (size_t i = 0; i < KEPT_RANGES_MAX; i++) {
        const struct range *kept = &plan->target->board->kept[i];

        if (overlaps(fixed, *kept)) {
            refuse(plan->job, RULE_MEMORY_FIXED, &region->place, NULL,
                   "memory region '%s' at 0x%llx..0x%llx contains a device that the kernel keeps, "
                   "0x%llx..0x%llx",
                   region->name, (unsigned long long)fixed.start, (unsigned long long)fixed.end,
                   (unsigned long long)kept->start, (unsigned long long)kept->end);
        }
    }
    use->device_bytes += region->size;
}

static void place_fixed(struct plan *plan, const struct machine *machine, struct free_map *map,
                        struct memory_use *use)
{
    const struct list *regions = &plan->system->regions;

    for (size_t i = 0; i < regions->count; i++) {
        const struct region *region = regions->items[i];

        if (region->has_paddr) {
            take_fixed(plan, machine, map, region, use);
        }
    }
}

/* First fit from low addresses. */
static bool choose(const struct free_map *map, const struct region *region, uint64_t *paddr)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct range *range = &map->ranges[i];
        uint64_t start = (range->start + region->page_size - 1) & ~(region->page_size - 1);

        if (start < range->end && region->size <= range->end - start) {
            *paddr = start;
            return true;
        }
    }
    return false;
}

static void place_chosen(struct plan *plan, struct free_map *map, struct memory_use *use)
{
    const struct list *regions = &plan->system->regions;

    for (size_t i = 0; i < regions->count; i++) {
        struct region *region = regions->items[i];

        if (!region->wants_paddr || region->has_paddr) {
            continue;
        }
        if (!choose(map, region, &region->paddr)) {
            refuse(plan->job, RULE_MEMORY_CHOSEN, &region->place, NULL,
                   "there is no contiguous memory for region '%s' of 0x%llx bytes", region->name,
                   (unsigned long long)region->size);
        }
        take_range(plan, map, (struct range){region->paddr, region->paddr + region->size});
        plan_object_at(plan, region->object)->paddr = region->paddr;
        use->fixed_bytes += region->size;
    }
}

/* How many naturally aligned blocks of each size the free ranges consist of. */
static void count_blocks(const struct plan *plan, const struct free_map *map, uint64_t *blocks)
{
    for (size_t i = 0; i < map->count; i++) {
        uint64_t at = map->ranges[i].start, end = map->ranges[i].end;

        while (end - at >= UINT64_C(1) << OBJECT_BITS_MIN) {
            uint64_t place = at + plan->target->arch->untyped_bias;
            unsigned bits = 63 - (unsigned)__builtin_clzll(end - at);

            if (place && (unsigned)__builtin_ctzll(place) < bits) {
                bits = (unsigned)__builtin_ctzll(place);
            }
            blocks[bits]++;
            at += UINT64_C(1) << bits;
        }
    }
}

static void count_objects(const struct plan *plan, uint64_t *objects)
{
    for (uint32_t i = 0; i < plan->counts[SYSTEM_TABLE_OBJECTS]; i++) {
        const struct system_object *object = plan_object_at(plan, i);

        if (object->kind < SYSTEM_MEMORY_KINDS && object->paddr == SYSTEM_NO_PADDR) {
            objects[object->size_bits] += object->count;
        }
    }
    objects[PAGE_BITS] += INITIALISER_PAGES;
}

static uint64_t bytes_of(const uint64_t *counts)
{
    uint64_t bytes = 0;

    for (unsigned bits = 0; bits < BITS; bits++) {
        bytes += counts[bits] << bits;
    }
    return bytes;
}

/* Blocks can be halved but not joined, and objects are taken from large to small. */
static void fit_objects(struct plan *plan, const struct free_map *map, struct memory_use *use)
{
    uint64_t blocks[BITS] = {0}, objects[BITS] = {0}, there = 0;

    count_blocks(plan, map, blocks);
    count_objects(plan, objects);
    use->object_bytes = bytes_of(objects);
    for (unsigned bits = BITS - 1; bits >= OBJECT_BITS_MIN; bits--) {
        there = 2 * there + blocks[bits];
        if (objects[bits] > there) {
            const struct place at = {.file = plan->system->file};

            refuse(plan->job, RULE_MEMORY_FULL, &at, NULL, SYSTEM_MEMORY_MESSAGE,
                   (unsigned long long)use->object_bytes >> 10,
                   (unsigned long long)free_bytes(map) >> 10);
        }
        there -= objects[bits];
    }
    use->left_bytes = there << OBJECT_BITS_MIN;
}

/* The initial task's slots: those of the kernel, and one for everything in the plan. */
static void check_slots(const struct plan *plan, const struct machine *machine)
{
    enum { KERNEL_SLOTS = 1024 };
    const struct place at = {.file = plan->system->file};
    uint64_t slots = UINT64_C(1) << plan->target->options.ROOT_CNODE_SIZE_BITS;
    uint64_t needed = plan->cap_total + (machine->task_bytes >> PAGE_BITS) + KERNEL_SLOTS;

    if (needed > slots) {
        refuse(plan->job, RULE_OBJECT_COUNT, &at, NULL,
               "the system needs %llu capability slots, but the initial task has %llu",
               (unsigned long long)needed, (unsigned long long)slots);
    }
}

struct memory_use memory_place(struct plan *plan, const struct machine *machine)
{
    struct memory_use use = {0};
    struct free_map map = memory_after_boot(plan, machine);

    for (size_t i = 0; i < RAM_RANGES_MAX; i++) {
        use.ram_bytes += machine->ram[i].end - machine->ram[i].start;
    }
    use.kernel_bytes = use.ram_bytes - free_bytes(&map);
    place_fixed(plan, machine, &map, &use);
    place_chosen(plan, &map, &use);
    fit_objects(plan, &map, &use);
    check_slots(plan, machine);
    return use;
}
