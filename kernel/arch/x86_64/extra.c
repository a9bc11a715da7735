// SPDX-License-Identifier: BSD-2-Clause
/* Chunks follow each other without padding, so none of them needs to be aligned. */
#include "extra.h"
#include "core/platform.h"
#include "lib/string.h"
#include <abi/bootinfo.h>

/* The only chunk that <abi/bootinfo.h> does not describe. */
struct bootinfo_vbe {
    struct bootinfo_header header;
    uint8_t control[VBE_CONTROL_BYTES];
    uint8_t mode_info[VBE_MODE_BYTES];
    uint32_t mode;
    uint32_t segment;
    uint32_t offset;
    uint32_t length;
} __attribute__((packed));
static_assert(sizeof(struct bootinfo_vbe) == 800, "boot information layout");

static_assert(sizeof(((struct bootinfo_rsdp *)0)->rsdp) == RSDP_BYTES, "boot information layout");
static_assert(sizeof(((struct bootinfo_mmap *)0)->mmap) == MEMORY_MAP_BYTES,
              "boot information layout");

/* Each put_ function writes its chunk to `to` and returns the place behind it. */

BOOT_CODE static void *put_vbe(void *to, const struct platform_extra *extra)
{
    struct bootinfo_vbe *out = to;

    out->header = (struct bootinfo_header){BOOTINFO_ID_X86_VBE, sizeof(*out)};
    memcpy(out->control, extra->vbe_control, sizeof(out->control));
    memcpy(out->mode_info, extra->vbe_mode_info, sizeof(out->mode_info));
    out->mode = extra->vbe_mode;
    out->segment = extra->vbe_segment;
    out->offset = extra->vbe_offset;
    out->length = extra->vbe_length;
    return out + 1;
}

BOOT_CODE static void *put_rsdp(void *to, const struct platform_extra *extra)
{
    struct bootinfo_rsdp *out = to;

    out->header = (struct bootinfo_header){BOOTINFO_ID_X86_ACPI_RSDP, sizeof(*out)};
    memcpy(out->rsdp, extra->rsdp, sizeof(out->rsdp));
    return out + 1;
}

BOOT_CODE static void *put_framebuffer(void *to, const struct platform_extra *extra)
{
    struct bootinfo_framebuffer *out = to;

    *out = (struct bootinfo_framebuffer){
        .header = {BOOTINFO_ID_X86_FRAMEBUFFER, sizeof(*out)},
        .addr = extra->framebuffer_paddr,
        .pitch = extra->framebuffer_pitch,
        .width = extra->framebuffer_width,
        .height = extra->framebuffer_height,
        .bpp = extra->framebuffer_depth,
        .type = extra->framebuffer_type,
    };
    return out + 1;
}

BOOT_CODE static void *put_memory_map(void *to, const struct platform_extra *extra)
{
    struct bootinfo_mmap *out = to;

    out->header = (struct bootinfo_header){BOOTINFO_ID_X86_MBMMAP, sizeof(*out)};
    out->mmap_bytes = extra->memory_map_bytes;
    memcpy(out->mmap, extra->memory_map, sizeof(out->mmap));
    return out + 1;
}

BOOT_CODE static void *put_tsc_mhz(void *to, uint32_t mhz)
{
    struct bootinfo_tsc *out = to;

    *out = (struct bootinfo_tsc){{BOOTINFO_ID_X86_TSC_FREQ, sizeof(*out)}, mhz};
    return out + 1;
}

BOOT_CODE size_t platform_extra_bytes(const struct platform *platform)
{
    const struct platform_extra *extra = platform->extra;

    return (extra->has_vbe ? sizeof(struct bootinfo_vbe) : 0) + sizeof(struct bootinfo_rsdp) +
           (extra->has_framebuffer ? sizeof(struct bootinfo_framebuffer) : 0) +
           sizeof(struct bootinfo_mmap) + sizeof(struct bootinfo_tsc);
}

BOOT_CODE void platform_extra_write(const struct platform *platform, void *to)
{
    const struct platform_extra *extra = platform->extra;
    void *next = to;

    if (extra->has_vbe) {
        next = put_vbe(next, extra);
    }
    next = put_rsdp(next, extra);
    if (extra->has_framebuffer) {
        next = put_framebuffer(next, extra);
    }
    next = put_memory_map(next, extra);
    next = put_tsc_mhz(next, platform->tsc_mhz);
    assert((size_t)((char *)next - (char *)to) == platform_extra_bytes(platform));
}
