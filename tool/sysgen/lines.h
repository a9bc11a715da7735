// SPDX-License-Identifier: BSD-2-Clause
/*
 * Source lines from DWARF, versions 2 to 5: only the line programs are read (section .debug_line).
 * The bytes are trusted with nothing. Debug information never makes a system wrong: what is not
 * understood is left out.
 */
#pragma once
#include "elf.h"

struct line_row {
    uint64_t address;
    const char *file; /* without folder */
    uint32_t line;    /* 0: here ends what is known */
};

struct line_rows {
    struct line_row *rows;
    size_t count, capacity;
};

/* All rows of the file, by rising address, one for each address. */
struct line_rows lines_read(struct job *job, const struct elf *elf);
