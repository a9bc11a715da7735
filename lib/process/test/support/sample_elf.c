// SPDX-License-Identifier: BSD-2-Clause
#include "sample_elf.h"

#include <string.h>

const struct elf_target sample_target = {
    .machine = 62, .page_bits = 12, .start = 0x1000, .end = 0x7fffffffe000};

void sample_put(unsigned char *bytes, unsigned at, unsigned size_bytes, uint64_t value)
{
    for (unsigned i = 0; i < size_bytes; i++) {
        bytes[at + i] = (unsigned char)(value >> (8 * i));
    }
}

static void put_segment(unsigned char *bytes, unsigned index, const uint64_t values[8])
{
    static const unsigned char sizes[8] = {4, 4, 8, 8, 8, 8, 8, 8};
    unsigned at = SAMPLE_HEADERS + index * SAMPLE_HEADER_BYTES;

    for (unsigned i = 0; i < 8; i++) {
        sample_put(bytes, at, sizes[i], values[i]);
        at += sizes[i];
    }
}

/* type, flags, offset, address, physical address, bytes in the file, in memory, alignment */
void sample_elf(unsigned char bytes[SAMPLE_BYTES])
{
    static const unsigned char start[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    const uint64_t text[] = {1, 5, 0x1000, 0x401000, 0x401000, 0x100, 0x100, 0x1000};
    const uint64_t data[] = {1, 6, 0x2000, 0x403000, 0x403000, 0x100, 0x1100, 0x1000};
    const uint64_t tls[] = {7, 4, 0x2000, 0x403000, 0x403000, 0x10, 0x30, 0x20};

    memset(bytes, 0, SAMPLE_BYTES);
    memcpy(bytes, start, sizeof(start));
    sample_put(bytes, 16, 2, 2);
    sample_put(bytes, 18, 2, 62);
    sample_put(bytes, 20, 4, 1);
    sample_put(bytes, 24, 8, 0x401010);
    sample_put(bytes, 32, 8, SAMPLE_HEADERS);
    sample_put(bytes, 52, 2, 64);
    sample_put(bytes, 54, 2, SAMPLE_HEADER_BYTES);
    sample_put(bytes, 56, 2, SAMPLE_HEADER_COUNT);
    put_segment(bytes, SAMPLE_TEXT, text);
    put_segment(bytes, SAMPLE_DATA, data);
    put_segment(bytes, SAMPLE_TLS, tls);
    for (unsigned i = 0x1000; i < SAMPLE_BYTES; i++) {
        bytes[i] = (unsigned char)(i * 7 + (i >> 8));
    }
}
