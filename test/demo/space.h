// SPDX-License-Identifier: BSD-2-Clause
/* Address spaces: making one, and mapping frames into it. */
#pragma once

#include <sel4/sel4.h>
#include <stdint.h>

/* Far from the program: places to map things at. */
#define PLACE_A 0x10000000000ull
#define PLACE_B 0x20000000000ull

void space_init(const seL4_BootInfo *info);

/* An address space in which the program's own pages are where they are here, and nothing else. */
seL4_CPtr space_new(void);

/* Maps a frame, first making the tables that are missing above it. */
void space_map(seL4_CPtr space, seL4_CPtr frame, uintptr_t address, seL4_CapRights_t rights);

/* The capability to the frame behind an address of the program. */
seL4_CPtr image_frame(const void *address);
