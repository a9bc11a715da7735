// SPDX-License-Identifier: BSD-2-Clause
#include "multiboot.h"
#include "core/ram_map.h"
#include "lib/string.h"
#include "low_memory.h"
#include <arch/kernel_map.h>

enum { LOADER_MAGIC_1 = 0x2badb002, LOADER_MAGIC_2 = 0x36d76289 };

enum { MEMORY_AVAILABLE = 1 };

#define KIB 1024ull
#define MIB (1024 * KIB)

static const char command_line_too_long[] =
    "boot loader: the command line is longer than this kernel can keep; accepted: up to 2047 bytes";
static const char no_module[] =
    "boot loader: there is no module; the first module must be the initial task's ELF file "
    "(QEMU: -initrd FILE; GRUB: module2 FILE)";
static const char no_memory[] =
    "boot loader: it tells nothing about memory; a multiboot loader must";
static const char bad_map[] =
    "boot loader: its memory map is longer than 64 KiB or reaches beyond 4 GiB";
static const char bad_place[] =
    "boot loader: its list of modules or its video information reaches beyond 4 GiB";
static const char bad_tag[] =
    "boot loader: a tag of its information is cut off, or shorter than its kind needs";

enum { MAP_MOST_BYTES = 64 << 10 };

/* What is below belongs to firmware and old devices; what is above, the window does not reach. */
static const struct phys_range usable_ram = {1 * MIB, WINDOW_BYTES};

/*
 * A map is read twice, for what is available and then for what is not: what the
 * firmware keeps must win, in whatever order the two are listed.
 */
enum map_pass { PASS_AVAILABLE, PASS_KEPT };

BOOT_CODE static void take_memory(struct platform *platform, enum map_pass pass, uint32_t type,
                                  uint64_t base, uint64_t length_bytes)
{
    struct phys_range range = {base, base + length_bytes};

    if (pass == PASS_AVAILABLE && type == MEMORY_AVAILABLE) {
        ram_map_add(platform, range, usable_ram);
    } else if (pass == PASS_KEPT && type != MEMORY_AVAILABLE) {
        ram_map_remove(platform, range);
    }
}

/* What the identity mapping reaches of the loader's memory. */
BOOT_CODE static bool is_reachable(paddr_t paddr, size_t size_bytes)
{
    return paddr + size_bytes <= LOW_MEMORY_END;
}

/* `most_bytes`: where the line ends even without a zero byte. */
BOOT_CODE static bool take_command_line(struct boot_loader_info *info, const char *line,
                                        size_t most_bytes)
{
    size_t length = strnlen(line, MIN(most_bytes, (size_t)COMMAND_LINE_BYTES));

    if (length == COMMAND_LINE_BYTES) {
        return false;
    }
    memcpy(info->command_line, line, length);
    info->command_line[length] = '\0';
    return true;
}

/* --- Version 1 ------------------------------------------------------------------------------- */

enum info1_flag {
    INFO1_MEMORY = 1u << 0,
    INFO1_COMMAND_LINE = 1u << 2,
    INFO1_MODULES = 1u << 3,
    INFO1_MEMORY_MAP = 1u << 6,
    INFO1_VBE = 1u << 11,
};

struct info1 {
    uint32_t flags;
    uint32_t memory_lower_kib;
    uint32_t memory_upper_kib;
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t module_count;
    uint32_t modules;
    uint32_t symbols[4];
    uint32_t map_bytes;
    uint32_t map;
    uint32_t drives[2];
    uint32_t config_table;
    uint32_t loader_name;
    uint32_t apm_table;
    uint32_t vbe_control;
    uint32_t vbe_mode_info;
    uint16_t vbe_mode;
    uint16_t vbe_segment;
    uint16_t vbe_offset;
    uint16_t vbe_length;
};
static_assert(offsetof(struct info1, map_bytes) == 44, "multiboot 1 layout");
static_assert(offsetof(struct info1, vbe_control) == 72, "multiboot 1 layout");

struct module1 {
    uint32_t start;
    uint32_t end;
    uint32_t name;
    uint32_t reserved;
};

struct map_entry1 {
    uint32_t size_bytes; /* of what follows */
    uint64_t base;
    uint64_t length_bytes;
    uint32_t type;
} __attribute__((packed));
static_assert(sizeof(struct map_entry1) == MEMORY_MAP_ENTRY_BYTES, "multiboot 1 layout");

BOOT_CODE static void read_map1(struct platform *platform, enum map_pass pass, const char *map,
                                size_t map_bytes)
{
    struct map_entry1 entry;

    for (size_t at = 0; at + sizeof(entry) <= map_bytes; at += sizeof(entry)) {
        memcpy(&entry, map + at, sizeof(entry));
        take_memory(platform, pass, entry.type, entry.base, entry.length_bytes);
    }
}

BOOT_CODE static const char *read_memory1(const struct info1 *from, struct platform *platform,
                                          struct platform_extra *extra)
{
    if ((from->flags & INFO1_MEMORY) == 0) {
        return no_memory;
    }
    if ((from->flags & INFO1_MEMORY_MAP) == 0) {
        take_memory(platform, PASS_AVAILABLE, MEMORY_AVAILABLE, 1 * MIB,
                    from->memory_upper_kib * KIB);
        return NULL;
    }
    if (from->map_bytes > MAP_MOST_BYTES || !is_reachable(from->map, from->map_bytes)) {
        return bad_map;
    }
    read_map1(platform, PASS_AVAILABLE, low_memory(from->map), from->map_bytes);
    read_map1(platform, PASS_KEPT, low_memory(from->map), from->map_bytes);
    extra->memory_map_bytes = MIN(from->map_bytes, (uint32_t)MEMORY_MAP_BYTES);
    memcpy(extra->memory_map, low_memory(from->map), extra->memory_map_bytes);
    return NULL;
}

BOOT_CODE static const char *read_vbe1(const struct info1 *from, struct platform_extra *extra)
{
    if ((from->flags & INFO1_VBE) == 0) {
        return NULL;
    }
    if (!is_reachable(from->vbe_control, VBE_CONTROL_BYTES) ||
        !is_reachable(from->vbe_mode_info, VBE_MODE_BYTES)) {
        return bad_place;
    }
    extra->has_vbe = true;
    memcpy(extra->vbe_control, low_memory(from->vbe_control), VBE_CONTROL_BYTES);
    memcpy(extra->vbe_mode_info, low_memory(from->vbe_mode_info), VBE_MODE_BYTES);
    extra->vbe_mode = from->vbe_mode;
    extra->vbe_segment = from->vbe_segment;
    extra->vbe_offset = from->vbe_offset;
    extra->vbe_length = from->vbe_length;
    return NULL;
}

BOOT_CODE static const char *read_module1(const struct info1 *from, struct boot_loader_info *info)
{
    const struct module1 *module = low_memory(from->modules);

    if ((from->flags & INFO1_MODULES) == 0 || from->module_count == 0) {
        return no_module;
    }
    if (!is_reachable(from->modules, sizeof(*module))) {
        return bad_place;
    }
    info->module_count = from->module_count;
    info->module = (struct phys_range){module->start, module->end};
    return NULL;
}

BOOT_CODE static const char *read1(const struct info1 *from, struct boot_loader_info *info,
                                   struct platform *platform, struct platform_extra *extra)
{
    const char *problem;

    if ((from->flags & INFO1_COMMAND_LINE) != 0 &&
        !take_command_line(info, low_memory(from->command_line),
                           LOW_MEMORY_END - from->command_line)) {
        return command_line_too_long;
    }
    problem = read_vbe1(from, extra);
    if (problem == NULL) {
        problem = read_memory1(from, platform, extra);
    }
    return problem == NULL ? read_module1(from, info) : problem;
}

/* --- Version 2 ------------------------------------------------------------------------------- */

enum tag2_type {
    TAG2_END = 0,
    TAG2_COMMAND_LINE = 1,
    TAG2_MODULE = 3,
    TAG2_MEMORY_MAP = 6,
    TAG2_FRAMEBUFFER = 8,
    TAG2_RSDP_V1 = 14,
    TAG2_RSDP_V2 = 15,
};

struct info2 {
    uint32_t total_bytes;
    uint32_t reserved;
};

struct tag2 {
    uint32_t type;
    uint32_t size_bytes; /* with this header; the next tag starts at a multiple of 8 */
};

struct module2 {
    struct tag2 tag;
    uint32_t start;
    uint32_t end;
    char name[];
};

struct command_line2 {
    struct tag2 tag;
    char line[];
};

struct rsdp2 {
    struct tag2 tag;
    uint8_t table[];
};

struct map2 {
    struct tag2 tag;
    uint32_t entry_bytes;
    uint32_t entry_version;
    char entries[];
};

struct map_entry2 {
    uint64_t base;
    uint64_t length_bytes;
    uint32_t type;
    uint32_t reserved;
};

struct framebuffer2 {
    struct tag2 tag;
    uint64_t paddr;
    uint32_t pitch;
    uint32_t width;
    uint32_t height;
    uint8_t depth;
    uint8_t type;
    uint16_t reserved;
};

BOOT_CODE static void read_map2(const struct map2 *map, enum map_pass pass,
                                struct platform *platform)
{
    size_t bytes = map->tag.size_bytes - sizeof(*map);
    struct map_entry2 entry;

    if (map->entry_bytes < sizeof(entry)) {
        return;
    }
    for (size_t at = 0; at + sizeof(entry) <= bytes; at += map->entry_bytes) {
        memcpy(&entry, map->entries + at, sizeof(entry));
        take_memory(platform, pass, entry.type, entry.base, entry.length_bytes);
    }
}

BOOT_CODE static void read_framebuffer2(const struct framebuffer2 *from,
                                        struct platform_extra *extra)
{
    if (from->paddr == 0) {
        return;
    }
    extra->has_framebuffer = true;
    extra->framebuffer_paddr = from->paddr;
    extra->framebuffer_pitch = from->pitch;
    extra->framebuffer_width = from->width;
    extra->framebuffer_height = from->height;
    extra->framebuffer_depth = from->depth;
    extra->framebuffer_type = from->type;
}

/* A loader may give both versions, in any order: the longer one wins. */
BOOT_CODE static void read_rsdp2(const struct rsdp2 *from, struct platform_extra *extra)
{
    size_t bytes = MIN(from->tag.size_bytes - sizeof(from->tag), (size_t)RSDP_BYTES);

    if (extra->has_rsdp && from->tag.type == TAG2_RSDP_V1) {
        return;
    }
    extra->has_rsdp = true;
    memcpy(extra->rsdp, from->table, bytes);
}

BOOT_CODE static void read_module2(const struct module2 *module, struct boot_loader_info *info)
{
    if (info->module_count++ == 0) {
        info->module = (struct phys_range){module->start, module->end};
    }
}

/* What the kernel reads of a tag of this type. */
BOOT_CODE static size_t least_tag_bytes(uint32_t type)
{
    switch (type) {
    case TAG2_MODULE: return sizeof(struct module2);
    case TAG2_MEMORY_MAP: return sizeof(struct map2);
    case TAG2_FRAMEBUFFER: return offsetof(struct framebuffer2, reserved);
    default: return sizeof(struct tag2);
    }
}

BOOT_CODE static const char *read_tag2(const struct tag2 *tag, struct boot_loader_info *info,
                                       struct platform *platform, struct platform_extra *extra)
{
    const void *body = tag;

    switch (tag->type) {
    case TAG2_COMMAND_LINE:
        if (!take_command_line(info, ((const struct command_line2 *)body)->line,
                               tag->size_bytes - sizeof(*tag))) {
            return command_line_too_long;
        }
        break;
    case TAG2_MODULE: read_module2(body, info); break;
    case TAG2_MEMORY_MAP:
        read_map2(body, PASS_AVAILABLE, platform);
        read_map2(body, PASS_KEPT, platform);
        break;
    case TAG2_FRAMEBUFFER: read_framebuffer2(body, extra); break;
    case TAG2_RSDP_V1:
    case TAG2_RSDP_V2: read_rsdp2(body, extra); break;
    default: break;
    }
    return NULL;
}

BOOT_CODE static const char *read2(const struct info2 *from, struct boot_loader_info *info,
                                   struct platform *platform, struct platform_extra *extra)
{
    const char *bytes = (const char *)from;
    size_t at = sizeof(*from);
    const char *problem = NULL;

    while (at + sizeof(struct tag2) <= from->total_bytes) {
        const struct tag2 *tag = (const void *)(bytes + at);
        const char *tag_problem;

        if (tag->type == TAG2_END) {
            break;
        }
        if (tag->size_bytes < least_tag_bytes(tag->type) ||
            tag->size_bytes > from->total_bytes - at) {
            return bad_tag;
        }
        tag_problem = read_tag2(tag, info, platform, extra);
        problem = problem != NULL ? problem : tag_problem;
        at += ALIGN_UP(tag->size_bytes, 3);
    }
    if (problem == NULL && platform->ram_count == 0) {
        problem = no_memory;
    }
    return problem == NULL && info->module_count == 0 ? no_module : problem;
}

BOOT_CODE const char *multiboot_read(uint32_t magic, paddr_t info_paddr,
                                     struct boot_loader_info *info, struct platform *platform,
                                     struct platform_extra *extra)
{
    switch (magic) {
    case LOADER_MAGIC_1: return read1(low_memory(info_paddr), info, platform, extra);
    case LOADER_MAGIC_2: return read2(low_memory(info_paddr), info, platform, extra);
    default:
        return "boot loader: unknown magic number in EAX; accepted: 0x2badb002 (multiboot 1), "
               "0x36d76289 (multiboot 2)";
    }
}
