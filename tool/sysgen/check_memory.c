// SPDX-License-Identifier: BSD-2-Clause
/* Memory: maps and regions against each other and against address spaces. */
#include "check_priv.h"
#include <string.h>

/* One range in an address space, for the rules that all kinds of maps share. */
struct mapped {
    const char *region;
    const struct place *place;
    uint64_t start, size, align;
};

/* The address space and what to call it. */
struct space {
    const char *kind, *name;
    uint64_t limit;
    struct mapped *taken;
    size_t count;
};

static void check_range(struct reading *in, const struct space *space, const struct mapped *map)
{
    uint64_t end;

    if (map->start % map->align) {
        refuse(in->job, RULE_MAP_ALIGN, map->place, NULL,
               "memory region '%s': 0x%llx is not aligned to its page size 0x%llx", map->region,
               (unsigned long long)map->start, (unsigned long long)map->align);
    }
    if (__builtin_add_overflow(map->start, map->size, &end)) {
        refuse(in->job, RULE_MAP_WRAP, map->place, NULL,
               "memory region '%s': 0x%llx bytes from 0x%llx wrap around", map->region,
               (unsigned long long)map->size, (unsigned long long)map->start);
    }
    if (end > space->limit) {
        refuse(in->job, RULE_MAP_BEYOND, map->place, NULL,
               "memory region '%s': 0x%llx..0x%llx ends beyond the address space 0x0..0x%llx",
               map->region, (unsigned long long)map->start, (unsigned long long)end,
               (unsigned long long)space->limit);
    }
}

static void take_range(struct reading *in, struct space *space, struct mapped map)
{
    check_range(in, space, &map);
    for (size_t i = 0; i < space->count; i++) {
        const struct mapped *other = &space->taken[i];

        if (map.start < other->start + other->size && other->start < map.start + map.size) {
            refuse(in->job, RULE_MAP_OVERLAP, map.place, NULL,
                   "map of '%s' (0x%llx..0x%llx) overlaps map of '%s' (0x%llx..0x%llx) in line %u "
                   "in %s '%s'",
                   map.region, (unsigned long long)map.start,
                   (unsigned long long)(map.start + map.size), other->region,
                   (unsigned long long)other->start,
                   (unsigned long long)(other->start + other->size), other->place->line,
                   space->kind, space->name);
        }
    }
    space->taken[space->count++] = map;
}

static struct region *find_region(struct reading *in, const char *name, const struct place *place)
{
    struct region *region = system_region(in->system, name);

    if (!region) {
        refuse(in->job, RULE_MAP_REGION, place, NULL, "there is no memory region '%s'", name);
    }
    return region;
}

static void check_maps(struct reading *in, struct list *maps, const char *kind, const char *name,
                       uint64_t limit)
{
    struct space space = {.kind = kind, .name = name, .limit = limit};

    space.taken = job_take(in->job, maps->count * sizeof(*space.taken));
    FOR_EACH(struct map, map, *maps)
    {
        struct region *region = find_region(in, map->region_name, &map->place);

        map->region = region;
        region->used = true;
        take_range(in, &space,
                   (struct mapped){region->name, &map->place, map->vaddr, region->size,
                                   region->page_size});
    }
}

void check_all_maps(struct reading *in)
{
    FOR_EACH(struct component, component, in->system->components)
    {
        check_maps(in, &component->maps, "protection domain", component->name,
                   component_map_limit(in->target, component));
        if (component->guest) {
            check_maps(in, &component->guest->maps, "virtual machine", component->guest->name,
                       guest_map_limit(in->target));
        }
    }
}

static void find_io_regions(struct reading *in)
{
    FOR_EACH(struct io_space, space, in->system->io_spaces)
    FOR_EACH(struct io_map, map, space->maps)
    {
        map->region = find_region(in, map->region_name, &map->place);
        map->region->io_mapped = true;
        if (map->region->page_size != PAGE_BYTES) {
            refuse(in->job, RULE_IOMAP_PAGES, &map->place, NULL,
                   "memory region '%s' has pages of 0x%llx bytes, which an IOMMU cannot map",
                   map->region->name, (unsigned long long)map->region->page_size);
        }
    }
}

void check_io_maps(struct reading *in)
{
    find_io_regions(in);
    FOR_EACH(struct io_space, io_space, in->system->io_spaces)
    {
        struct space space = {.kind = "I/O address space of", .limit = UINT64_C(1) << 39};

        space.name = job_print(in->job, "PCI device %02x:%02x.%x", io_space->pci.bus,
                               io_space->pci.device, io_space->pci.function);
        space.taken = job_take(in->job, io_space->maps.count * sizeof(*space.taken));
        FOR_EACH(struct io_map, map, io_space->maps)
        {
            take_range(in, &space,
                       (struct mapped){map->region->name, &map->place, map->vaddr,
                                       map->region->size, PAGE_BYTES});
        }
    }
}

static void check_physical_pair(struct reading *in, const struct region *first,
                                const struct region *second)
{
    if (first->paddr < second->paddr + second->size && second->paddr < first->paddr + first->size) {
        refuse(in->job, RULE_MR_PHYS_OVERLAP, &second->place, NULL,
               "memory region '%s' physical range [0x%llx..0x%llx) overlaps '%s' "
               "[0x%llx..0x%llx) in line %u",
               second->name, (unsigned long long)second->paddr,
               (unsigned long long)(second->paddr + second->size), first->name,
               (unsigned long long)first->paddr, (unsigned long long)(first->paddr + first->size),
               first->place.line);
    }
}

void check_physical(struct reading *in)
{
    struct list *regions = &in->system->regions;

    for (size_t i = 0; i < regions->count; i++) {
        const struct region *second = regions->items[i];

        for (size_t j = 0; second->has_paddr && j < i; j++) {
            const struct region *first = regions->items[j];

            if (first->has_paddr) {
                check_physical_pair(in, first, second);
            }
        }
    }
}

void warn_unused(struct reading *in)
{
    FOR_EACH(const struct region, region, in->system->regions)
    {
        if (!region->used) {
            text_print(&in->system->warnings, "WARNING: unused memory region '%s': %s:%u:%u\n",
                       region->name, region->place.file, region->place.line, region->place.column);
        }
    }
}

static bool all_maps_large(const struct list *maps, const struct region *region)
{
    FOR_EACH(const struct map, map, *maps)
    {
        if (map->region == region && map->vaddr % LARGE_PAGE_BYTES) {
            return false;
        }
    }
    return true;
}

/* Large pages where everything about the region is a multiple of them. */
static bool fits_large(const struct system *system, const struct region *region)
{
    if (region->io_mapped || region->size % LARGE_PAGE_BYTES ||
        (region->has_paddr && region->paddr % LARGE_PAGE_BYTES)) {
        return false;
    }
    FOR_EACH(const struct component, component, system->components)
    {
        if (!all_maps_large(&component->maps, region) ||
            (component->guest && !all_maps_large(&component->guest->maps, region))) {
            return false;
        }
    }
    return true;
}

void choose_page_sizes(struct reading *in)
{
    FOR_EACH(struct region, region, in->system->regions)
    {
        if (!region->page_size_given && fits_large(in->system, region)) {
            region->page_size = LARGE_PAGE_BYTES;
        }
    }
}

static void check_prefill_sizes(struct reading *in, const struct component *component)
{
    FOR_EACH(const struct map, map, component->maps)
    {
        if (map->wants_prefill_size && !map->region->prefill) {
            refuse(in->job, RULE_PREFILL_SIZE_NONE, &map->region->place, NULL,
                   "setvar_prefill_size is given in line %u, but memory region '%s' has no "
                   "prefill_path",
                   map->place.line, map->region->name);
        }
    }
}

static void check_paddr(struct reading *in, const struct setvar *setvar)
{
    struct region *region = setvar->region;

    if (!region->has_paddr && !in->target->arch->chooses_paddr) {
        refuse(in->job, RULE_SETVAR_PADDR, &setvar->place, NULL,
               "the physical address of memory region '%s' is not known on %s: it has no "
               "'phys_addr'",
               region->name, in->target->arch->name);
    }
    region->wants_paddr = true;
}

void check_setvars(struct reading *in)
{
    FOR_EACH(struct component, component, in->system->components)
    {
        check_prefill_sizes(in, component);
        FOR_EACH(struct setvar, setvar, component->setvars)
        {
            if (!setvar->region_name) {
                continue;
            }
            setvar->region = system_region(in->system, setvar->region_name);
            if (!setvar->region) {
                refuse(in->job, RULE_SETVAR_REGION, &setvar->place, NULL,
                       "there is no memory region '%s'", setvar->region_name);
            }
            if (setvar->kind == SETVAR_REGION_PADDR) {
                check_paddr(in, setvar);
            }
        }
    }
}
