// SPDX-License-Identifier: BSD-2-Clause
/* process.elf: a right program is read, and one that is wrong in one way is told so. */
#include <process/elf.h>

#include <stdlib.h>
#include <string.h>

#include "../test/support/check.h"
#include "../test/support/sample_elf.h"

/* Fields of a program header. */
enum {
    TYPE = 0,
    FLAGS = 4,
    OFFSET = 8,
    ADDRESS = 16,
    FILE_BYTES = 32,
    MEMORY_BYTES = 40,
    ALIGN = 48
};
#define TEXT(field) (SAMPLE_HEADERS + SAMPLE_TEXT * SAMPLE_HEADER_BYTES + (field))
#define DATA(field) (SAMPLE_HEADERS + SAMPLE_DATA * SAMPLE_HEADER_BYTES + (field))
#define TLS(field)  (SAMPLE_HEADERS + SAMPLE_TLS * SAMPLE_HEADER_BYTES + (field))

static const struct wrong {
    unsigned at, size_bytes;
    uint64_t value;
    enum elf_status status;
} wrongs[] = {
    {0, 1, 0x7e, ELF_NO_MAGIC},
    {3, 1, 'G', ELF_NO_MAGIC},
    {4, 1, 1, ELF_NOT_64_BIT},
    {5, 1, 2, ELF_NOT_LITTLE_ENDIAN},
    {6, 1, 0, ELF_UNKNOWN_VERSION},
    {20, 4, 2, ELF_UNKNOWN_VERSION},
    {18, 2, 183, ELF_OTHER_PROCESSOR},
    {16, 2, 1, ELF_NOT_EXECUTABLE},
    {16, 2, 4, ELF_NOT_EXECUTABLE},
    {16, 2, 3, ELF_POSITION_INDEPENDENT},
    {52, 2, 52, ELF_BAD_HEADER_SIZE},
    {54, 2, 32, ELF_BAD_HEADER_SIZE},
    {56, 2, 0, ELF_NO_SEGMENTS},
    {56, 2, 0xffff, ELF_HEADERS_OUTSIDE},
    {32, 8, SAMPLE_BYTES, ELF_HEADERS_OUTSIDE},
    {32, 8, ~0ull, ELF_HEADERS_OUTSIDE},
    {32, 8, SAMPLE_BYTES - 3 * SAMPLE_HEADER_BYTES + 1, ELF_HEADERS_OUTSIDE},
    {TLS(TYPE), 4, 3, ELF_NEEDS_INTERPRETER},
    {TLS(TYPE), 4, 2, ELF_NEEDS_INTERPRETER},
    {TEXT(OFFSET), 8, 0x3000, ELF_SEGMENT_OUTSIDE},
    {TEXT(OFFSET), 8, ~0xfffull, ELF_SEGMENT_OUTSIDE},
    {DATA(FILE_BYTES), 8, 0x101, ELF_SEGMENT_OUTSIDE},
    {DATA(FILE_BYTES), 8, ~0ull, ELF_SEGMENT_OUTSIDE},
    {DATA(MEMORY_BYTES), 8, 0xff, ELF_SEGMENT_SHRINKS},
    {TEXT(OFFSET), 8, 0x1008, ELF_SEGMENT_MISALIGNED},
    {TEXT(ADDRESS), 8, 0, ELF_SEGMENT_ADDRESS},
    {TEXT(ADDRESS), 8, 0xffffffff80000000, ELF_SEGMENT_ADDRESS},
    {TEXT(ADDRESS), 8, 0x7fffffffe000, ELF_SEGMENT_ADDRESS},
    {DATA(MEMORY_BYTES), 8, 0x7fffffffe000 - 0x403000 + 1, ELF_SEGMENT_ADDRESS},
    {DATA(MEMORY_BYTES), 8, ~0ull, ELF_SEGMENT_ADDRESS},
    {DATA(ADDRESS), 8, 0x401000, ELF_SEGMENTS_OVERLAP},
    {DATA(ADDRESS), 8, 0x400000, ELF_SEGMENTS_OVERLAP},
    {TEXT(MEMORY_BYTES), 8, 0x2001, ELF_SEGMENTS_OVERLAP},
    {TEXT(FLAGS), 4, 7, ELF_WRITABLE_CODE},
    {24, 8, 0x400fff, ELF_ENTRY_OUTSIDE},
    {24, 8, 0x401100, ELF_ENTRY_OUTSIDE},
    {24, 8, 0x403000, ELF_ENTRY_OUTSIDE},
    {24, 8, 0, ELF_ENTRY_OUTSIDE},
    {TEXT(FLAGS), 4, 4, ELF_ENTRY_OUTSIDE},
    {TLS(ADDRESS), 8, 0x4040f8, ELF_BAD_TLS},
    {TLS(ADDRESS), 8, ~0ull, ELF_BAD_TLS},
    {TLS(FILE_BYTES), 8, 0x31, ELF_BAD_TLS},
    {TLS(MEMORY_BYTES), 8, ELF_TLS_BYTES_MAX + 1, ELF_BAD_TLS},
    {TLS(ALIGN), 8, 3, ELF_BAD_TLS},
    {TLS(ALIGN), 8, 0x2000, ELF_BAD_TLS},
};

static enum elf_status parse(const unsigned char *bytes, size_t size_bytes)
{
    struct elf_program program;
    /* Memory of exactly this size: a byte too far is seen. */
    unsigned char *copy = malloc(size_bytes + (size_bytes == 0));
    enum elf_status status;

    memcpy(copy, bytes, size_bytes);
    status = elf_parse(copy, size_bytes, &sample_target, &program);
    free(copy);
    return status;
}

static void test_right(void)
{
    unsigned char bytes[SAMPLE_BYTES];
    struct elf_program p;

    sample_elf(bytes);
    CHECK(elf_parse(bytes, sizeof(bytes), &sample_target, &p) == ELF_OK);
    CHECK(p.entry == 0x401010 && p.segment_count == 2 && p.end == 0x405000);
    CHECK(p.segments[0].address == 0x401000 && p.segments[0].can_execute);
    CHECK(!p.segments[0].can_write && p.segments[0].file_offset == 0x1000);
    CHECK(p.segments[1].can_write && p.segments[1].memory_bytes == 0x1100);
    CHECK(p.tls.address == 0x403000 && p.tls.memory_bytes == 0x30 && p.tls.align == 0x20);
    CHECK(p.headers_address == 0); /* they are in no segment */
    sample_put(bytes, TEXT(OFFSET), 8, 0);
    sample_put(bytes, TEXT(FILE_BYTES), 8, SAMPLE_HEADERS + 3 * SAMPLE_HEADER_BYTES - 1);
    CHECK(elf_parse(bytes, sizeof(bytes), &sample_target, &p) == ELF_OK);
    CHECK(p.headers_address == 0 && p.header_count == 3); /* only in part */
    sample_put(bytes, TEXT(FILE_BYTES), 8, 0x1000);
    sample_put(bytes, TEXT(MEMORY_BYTES), 8, 0x1000);
    CHECK(elf_parse(bytes, sizeof(bytes), &sample_target, &p) == ELF_OK);
    CHECK(p.headers_address == 0x401000 + SAMPLE_HEADERS);
}

static void test_wrong(void)
{
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        const struct wrong *w = &wrongs[i];
        unsigned char bytes[SAMPLE_BYTES];
        enum elf_status status;

        sample_elf(bytes);
        sample_put(bytes, w->at, w->size_bytes, w->value);
        status = parse(bytes, sizeof(bytes));
        if (status != w->status) {
            fprintf(stderr, "case %zu: \"%s\", expected \"%s\"\n", i, elf_status_text(status),
                    elf_status_text(w->status));
            failures++;
        }
    }
}

/* What takes more than one change. */
static void test_neighbours(void)
{
    unsigned char bytes[SAMPLE_BYTES];

    sample_elf(bytes);
    sample_put(bytes, DATA(ADDRESS), 8, 0x401800); /* of the same page, behind the text */
    sample_put(bytes, DATA(OFFSET), 8, 0x1800);
    CHECK(parse(bytes, sizeof(bytes)) == ELF_SEGMENTS_SHARE_PAGE);
    sample_elf(bytes);
    sample_put(bytes, DATA(TYPE), 4, 7);
    CHECK(parse(bytes, sizeof(bytes)) == ELF_TWO_TLS);
    sample_elf(bytes);
    sample_put(bytes, TEXT(TYPE), 4, 0);
    sample_put(bytes, DATA(TYPE), 4, 0);
    sample_put(bytes, TLS(TYPE), 4, 0);
    CHECK(parse(bytes, sizeof(bytes)) == ELF_NO_SEGMENTS);
}

static void test_many(void)
{
    enum { COUNT = ELF_SEGMENTS_MAX + 1, BYTES = 64 + COUNT * 56 };
    unsigned char bytes[0x2100];

    for (unsigned count = ELF_SEGMENTS_MAX; count <= COUNT; count++) {
        sample_elf(bytes);
        sample_put(bytes, 56, 2, count);
        for (unsigned i = 0; i < count; i++) {
            unsigned char *header = bytes + 64 + i * 56;

            memcpy(header, bytes + SAMPLE_HEADERS, 56);
            sample_put(header, ADDRESS, 8, 0x401000 + i * 0x1000);
        }
        CHECK(parse(bytes, sizeof(bytes)) ==
              (count > ELF_SEGMENTS_MAX ? ELF_TOO_MANY_SEGMENTS : ELF_OK));
    }
}

/* Every length that is too short is refused. */
static void test_truncated(void)
{
    unsigned char bytes[SAMPLE_BYTES];

    sample_elf(bytes);
    for (size_t length = 0; length < sizeof(bytes); length++) {
        const enum elf_status status = parse(bytes, length);

        CHECK(length >= 64 || status == ELF_TOO_SHORT);
        CHECK(status == (length < 64 ? ELF_TOO_SHORT
                         : length < 64 + SAMPLE_HEADER_COUNT * SAMPLE_HEADER_BYTES
                             ? ELF_HEADERS_OUTSIDE
                             : ELF_SEGMENT_OUTSIDE));
    }
}

static void test_texts(void)
{
    for (unsigned i = 0; i < ELF_STATUS_COUNT; i++) {
        CHECK(elf_status_text((enum elf_status)i) != NULL);
    }
    CHECK(elf_status_text(ELF_STATUS_COUNT) != NULL);
}

int main(void)
{
    test_right();
    test_wrong();
    test_neighbours();
    test_many();
    test_truncated();
    test_texts();
    return failures != 0;
}
