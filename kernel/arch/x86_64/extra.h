// SPDX-License-Identifier: BSD-2-Clause
/*
 * Firmware tables that are handed to the initial task as they are: copied out
 * of the boot loader's memory first, written as chunks behind the boot
 * information last.
 */
#pragma once

#include "lib/base.h"

enum {
    VBE_CONTROL_BYTES = 512,
    VBE_MODE_BYTES = 256,
    MEMORY_MAP_ENTRY_BYTES = 24,
    MEMORY_MAP_BYTES = 50 * MEMORY_MAP_ENTRY_BYTES,
    RSDP_V1_BYTES = 20,
    RSDP_BYTES = 36,
};

struct platform_extra {
    bool has_vbe;
    uint8_t vbe_control[VBE_CONTROL_BYTES];
    uint8_t vbe_mode_info[VBE_MODE_BYTES];
    uint16_t vbe_mode;
    uint16_t vbe_segment;
    uint16_t vbe_offset;
    uint16_t vbe_length;

    bool has_rsdp;
    uint8_t rsdp[RSDP_BYTES]; /* zero filled behind the 20 bytes of an ACPI 1.0 table */

    bool has_framebuffer;
    uint64_t framebuffer_paddr;
    uint32_t framebuffer_pitch;
    uint32_t framebuffer_width;
    uint32_t framebuffer_height;
    uint8_t framebuffer_depth;
    uint8_t framebuffer_type;

    uint32_t memory_map_bytes; /* multiboot 1 only */
    uint8_t memory_map[MEMORY_MAP_BYTES];
};
