// SPDX-License-Identifier: BSD-2-Clause
/* A small program that is right in every way, to be made wrong in one. */
#pragma once

#include <process/elf.h>

enum {
    SAMPLE_BYTES = 0x2100,
    SAMPLE_HEADERS = 64, /* program headers: text, data, thread-local variables */
    SAMPLE_HEADER_BYTES = 56,
    SAMPLE_TEXT = 0,
    SAMPLE_DATA = 1,
    SAMPLE_TLS = 2,
    SAMPLE_HEADER_COUNT = 3,
};

extern const struct elf_target sample_target;

/* Text at 0x401000, data at 0x403000 of 0x100 bytes in the file and 0x1100 in memory. */
void sample_elf(unsigned char bytes[SAMPLE_BYTES]);

void sample_put(unsigned char *bytes, unsigned at, unsigned size_bytes, uint64_t value);
