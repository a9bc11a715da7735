// SPDX-License-Identifier: BSD-2-Clause
/*
 * How to find the caller of each instruction, from the call frame information of DWARF: sections
 * .eh_frame or, if that is missing, .debug_frame. Trusted with nothing; what is not understood is
 * left out, and expressions count as not known.
 */
#pragma once
#include "elf.h"
#include <proto/system_code.h>

struct frame_row {
    uint64_t address;
    uint32_t base_register;
    int32_t base_offset, return_at, frame_pointer_at;
};

struct frame_rows {
    struct frame_row *rows;
    size_t count, capacity;
};

/* All rows of the file by rising address. A function's end is a row of SYSTEM_FRAME_UNKNOWN. */
struct frame_rows frames_read(struct job *job, const struct elf *elf);
