// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading a static x86-64 executable (System V gABI chapter 4 and 5, and its
 * AMD64 supplement). Works on untrusted bytes in memory; copies nothing.
 */
#pragma once

#include "lib/base.h"

enum { ELF64_SEGMENTS_MAX = 128, ELF64_PROBLEM_BYTES = 200 };

struct elf64_segment {
    uint64_t file_offset;
    uint64_t file_bytes;
    uint64_t vaddr;
    uint64_t memory_bytes; /* at least file_bytes; the rest is zero */
};

struct elf64_image {
    uint64_t entry;
    uint64_t start; /* lowest segment's address: page aligned */
    uint64_t end;   /* exclusive; as in the file, not rounded */
    unsigned segment_count;
    struct elf64_segment segments[ELF64_SEGMENTS_MAX]; /* ascending, no overlaps, none empty */
};

/*
 * Reads the `size_bytes` at `file` into `image`. `machine` is the processor
 * number the file must carry, `limit` the first address that no segment may reach. False
 * if the file is not usable: `problem` then says what is wrong and what is
 * accepted, in one line.
 */
MUST_USE bool elf64_read(struct elf64_image *image, const void *file, size_t size_bytes,
                         uint16_t machine, uint64_t limit, char problem[ELF64_PROBLEM_BYTES]);

/* Places the whole image, zeroes between segments included, at `to` (end - start bytes). */
void elf64_load(const struct elf64_image *image, const void *file, void *to);
