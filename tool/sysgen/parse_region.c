// SPDX-License-Identifier: BSD-2-Clause
/* <memory_region>, and <map> of components and guests. */
#include "read.h"
#include <string.h>

/* Longer regions could not be described page by page. */
static const size_t prefill_bytes_max = (size_t)1 << 31;

static void read_page_size(struct reading *in, const struct element *element, struct region *region)
{
    region->page_size_given = xml_attribute(element, "page_size");
    region->page_size = read_number_or(in, element, "page_size", PAGE_BYTES);
    if (region->page_size != PAGE_BYTES && region->page_size != LARGE_PAGE_BYTES) {
        refuse(in->job, RULE_MR_PAGE_SIZE, read_place(element, "page_size"), NULL,
               "page size 0x%llx is not supported", (unsigned long long)region->page_size);
    }
}

/* Of the record in which the kernel announces its extensions. */
enum { BOOTINFO_SOFA = 0x534f4641 };

/* Numbers of the kernel's extra boot information. */
static int bootinfo_named(const struct reading *in, const char *name)
{
    static const char *const names[] = {
        NULL, "x86_vbe", "x86_mbmmap", "x86_acpi_rsdp", "x86_framebuffer", "x86_tsc_freq", "fdt"};

    for (int i = 1; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return in->source->extensions && strcmp(name, "sofa") == 0 ? BOOTINFO_SOFA : -1;
}

static void read_prefill_file(struct reading *in, const struct attribute *attribute,
                              struct region *region)
{
    const char *path = file_find(in->job, in->source->search, attribute->value);
    const char *why = "it is in none of the search paths";

    region->prefill = path ? file_read(in->job, path, prefill_bytes_max, &why) : NULL;
    if (!region->prefill) {
        refuse(in->job, RULE_PREFILL_PATH, &attribute->place, NULL,
               "unable to read prefill file '%s': %s", attribute->value, why);
    }
    if (region->prefill->length == 0) {
        refuse(in->job, RULE_PREFILL_EMPTY, &attribute->place, NULL,
               "the prefill file '%s' is empty", attribute->value);
    }
}

static void read_prefill(struct reading *in, const struct element *element, struct region *region)
{
    const struct attribute *path = xml_attribute(element, "prefill_path");
    const struct attribute *bootinfo = xml_attribute(element, "prefill_bootinfo");

    region->bootinfo_id = -1;
    if (path && bootinfo) {
        refuse(in->job, RULE_PREFILL_BOTH, &bootinfo->place, NULL,
               "memory region '%s' has both prefill_path and prefill_bootinfo", region->name);
    }
    if (path) {
        read_prefill_file(in, path, region);
    }
    if (bootinfo) {
        region->bootinfo_id = bootinfo_named(in, bootinfo->value);
        if (region->bootinfo_id < 0) {
            refuse(in->job, RULE_PREFILL_BOOTINFO, &bootinfo->place, NULL,
                   "'%s' is no kind of boot information", bootinfo->value);
        }
    }
}

static uint64_t default_size(struct reading *in, const struct element *element,
                             const struct region *region)
{
    if (region->prefill) {
        return (region->prefill->length + region->page_size - 1) / region->page_size *
               region->page_size;
    }
    if (region->bootinfo_id < 0) {
        refuse(in->job, RULE_MR_SIZE_NONE, &element->place, NULL, "memory region '%s' has no size",
               region->name);
    }
    return region->page_size;
}

static void read_size(struct reading *in, const struct element *element, struct region *region)
{
    if (!xml_attribute(element, "size")) {
        region->size = default_size(in, element, region);
        return;
    }
    region->size = read_number(in, element, "size");
    if (region->size == 0) {
        refuse(in->job, RULE_MR_SIZE_ZERO, read_place(element, "size"), NULL,
               "memory region '%s' has size 0", region->name);
    }
    if (region->size % region->page_size) {
        refuse(in->job, RULE_MR_SIZE_ALIGN, read_place(element, "size"), NULL,
               "size 0x%llx is not a multiple of the page size 0x%llx",
               (unsigned long long)region->size, (unsigned long long)region->page_size);
    }
    if (region->prefill && region->prefill->length > region->size) {
        refuse(in->job, RULE_PREFILL_LONG, read_place(element, "prefill_path"), NULL,
               "the prefill file '%s' of 0x%zx bytes is longer than memory region '%s' of 0x%llx",
               read_text_or(element, "prefill_path", ""), region->prefill->length, region->name,
               (unsigned long long)region->size);
    }
}

static void read_paddr(struct reading *in, const struct element *element, struct region *region)
{
    uint64_t end = target_physical_end(in->target);

    region->has_paddr = xml_attribute(element, "phys_addr");
    if (!region->has_paddr) {
        return;
    }
    region->paddr = read_number(in, element, "phys_addr");
    if (region->paddr % region->page_size) {
        refuse(in->job, RULE_MR_PHYS_ALIGN, read_place(element, "phys_addr"), NULL,
               "phys_addr 0x%llx is not a multiple of the page size 0x%llx",
               (unsigned long long)region->paddr, (unsigned long long)region->page_size);
    }
    if (region->paddr >= end || region->size > end - region->paddr) {
        refuse(in->job, RULE_MR_PHYS_END, read_place(element, "phys_addr"), NULL,
               "phys_addr 0x%llx and size 0x%llx end beyond physical memory, 0x%llx",
               (unsigned long long)region->paddr, (unsigned long long)region->size,
               (unsigned long long)end);
    }
}

void parse_region(struct reading *in, const struct element *element)
{
    static const char *const names[] = {
        "name",        "size", "page_size", "phys_addr", "prefill_path", "prefill_bootinfo",
        "+persistent", NULL};
    struct region *region = job_take(in->job, sizeof(*region));

    read_only(in, element, names);
    region->place = element->place;
    region->name = read_text(in, element, "name");
    region->index = (uint32_t)in->system->regions.count;
    read_page_size(in, element, region);
    read_prefill(in, element, region);
    read_size(in, element, region);
    read_paddr(in, element, region);
    region->persistent = read_bool(in, element, "persistent", false);
    list_add(in->job, &in->system->regions, region);
    names_add(in->job, &in->system->region_names, region->name, region);
}

static void read_perms(struct reading *in, const struct element *element, struct map *map)
{
    const char *perms = read_text_or(element, "perms", "rw");

    for (const char *letter = perms; *letter; letter++) {
        map->read |= *letter == 'r';
        map->write |= *letter == 'w';
        map->execute |= *letter == 'x';
        if (!strchr("rwx", *letter)) {
            refuse(in->job, RULE_MAP_PERMS, read_place(element, "perms"), NULL,
                   "perms '%s' has the letter '%c'", perms, *letter);
        }
    }
    if (map->write && !map->read && !map->execute) {
        refuse(in->job, RULE_MAP_PERMS, read_place(element, "perms"), NULL,
               "perms '%s' would be write-only, which is not supported", perms);
    }
}

static void read_vaddr(struct reading *in, const struct element *element, struct map *map,
                       uint64_t limit)
{
    map->vaddr = read_number(in, element, "vaddr");
    if (map->vaddr >= limit) {
        refuse(in->job, RULE_MAP_LIMIT, read_place(element, "vaddr"),
               job_print(in->job, "an address below 0x%llx", (unsigned long long)limit),
               "vaddr 0x%llx must be less than 0x%llx", (unsigned long long)map->vaddr,
               (unsigned long long)limit);
    }
}

/* The program learns about the region through its symbols. */
static void read_map_setvars(struct reading *in, const struct element *element,
                             struct component *component, struct map *map)
{
    static const struct {
        const char *name;
        enum setvar_kind kind;
    } kinds[] = {{"setvar_vaddr", SETVAR_VALUE},
                 {"setvar_size", SETVAR_REGION_SIZE},
                 {"setvar_prefill_size", SETVAR_REGION_PREFILL}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct attribute *attribute = xml_attribute(element, kinds[i].name);
        struct setvar *setvar;

        if (attribute) {
            setvar = setvar_add(in, component, attribute->value, &attribute->place);
            setvar->kind = kinds[i].kind;
            setvar->value = map->vaddr;
            setvar->region_name = map->region_name;
            map->wants_prefill_size |= kinds[i].kind == SETVAR_REGION_PREFILL;
        }
    }
}

void parse_map(struct reading *in, const struct element *element, struct component *component,
               struct guest *guest)
{
    static const char *const names[] = {
        "mr", "vaddr", "perms", "cached", "setvar_vaddr", "setvar_size", "setvar_prefill_size",
        NULL};
    static const char *const guest_names[] = {"mr", "vaddr", "perms", "cached", NULL};
    struct map *map = job_take(in->job, sizeof(*map));

    read_only(in, element, guest ? guest_names : names);
    map->place = element->place;
    map->region_name = read_text(in, element, "mr");
    read_vaddr(in, element, map,
               guest ? guest_map_limit(in->target) : component_map_limit(in->target, component));
    read_perms(in, element, map);
    map->cached = read_bool(in, element, "cached", true);
    if (!guest) {
        read_map_setvars(in, element, component, map);
    }
    list_add(in->job, guest ? &guest->maps : &component->maps, map);
}
