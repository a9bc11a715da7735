// SPDX-License-Identifier: BSD-2-Clause
/* lib.elf64: one executable that is right, and files that are wrong in one way each. */
#include "lib/elf64.h"
#include "lib/printf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((weak)) void panic(const char *format, ...)
{
    fprintf(stderr, "panic: %s\n", format);
    abort();
}

__attribute__((weak)) void console_put_char(char c)
{
    fputc(c, stderr);
}

enum { MACHINE = 62, FILE_BYTES = 0x400, SEGMENTS = 3, DATA_OFFSET = 0x200 };

#define LIMIT 0x7fff00000000ull

/* Offsets in the file header and in a program header. */
enum {
    CLASS = 4,
    DATA = 5,
    TYPE = 16,
    MACHINE_AT = 18,
    ENTRY = 24,
    TABLE = 32,
    ENTRY_BYTES = 54,
    COUNT = 56,
    HEADERS = 64,
    HEADER_BYTES = 56,
    P_TYPE = 0,
    P_OFFSET = 8,
    P_VADDR = 16,
    P_FILE_BYTES = 32,
    P_MEMORY_BYTES = 40,
};

static uint8_t file[FILE_BYTES];
static struct elf64_image image;
static char problem[ELF64_PROBLEM_BYTES];
static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void put(size_t at, uint64_t value, size_t size_bytes)
{
    memcpy(file + at, &value, size_bytes);
}

static size_t header_of(unsigned segment)
{
    return HEADERS + segment * HEADER_BYTES;
}

static void put_segment(unsigned segment, uint64_t offset, uint64_t vaddr, uint64_t file_bytes,
                        uint64_t memory_bytes)
{
    put(header_of(segment) + P_TYPE, 1, 4);
    put(header_of(segment) + P_OFFSET, offset, 8);
    put(header_of(segment) + P_VADDR, vaddr, 8);
    put(header_of(segment) + P_FILE_BYTES, file_bytes, 8);
    put(header_of(segment) + P_MEMORY_BYTES, memory_bytes, 8);
}

/* Three segments, not in order of addresses, with a gap and a zero filled end. */
static void make_good(void)
{
    memset(file, 0, sizeof(file));
    memcpy(file, "\177ELF\2\1\1", 7);
    put(TYPE, 2, 2);
    put(MACHINE_AT, MACHINE, 2);
    put(ENTRY, 0x400010, 8);
    put(TABLE, HEADERS, 8);
    put(ENTRY_BYTES, HEADER_BYTES, 2);
    put(COUNT, SEGMENTS, 2);
    put_segment(0, DATA_OFFSET + 0x40, 0x400100, 0x20, 0x30);
    put_segment(1, DATA_OFFSET, 0x400000, 0x40, 0x40);
    put_segment(2, 0, 0x400200, 0, 0x18);
    for (unsigned i = 0; i < 0x60; i++) {
        file[DATA_OFFSET + i] = (uint8_t)(i + 1);
    }
}

/* On an exact copy, so that sanitizers see every read behind the end. */
static bool read_cut(size_t size_bytes)
{
    uint8_t *copy = malloc(size_bytes != 0 ? size_bytes : 1);
    bool ok;

    memcpy(copy, file, size_bytes);
    ok = elf64_read(&image, copy, size_bytes, MACHINE, LIMIT, problem);
    free(copy);
    return ok;
}

static bool refused(const char *part)
{
    if (read_cut(FILE_BYTES)) {
        fprintf(stderr, "accepted instead of refused with '%s'\n", part);
        return false;
    }
    if (strstr(problem, part) == NULL) {
        fprintf(stderr, "expected '%s' in '%s'\n", part, problem);
        return false;
    }
    return true;
}

static void test_good(void)
{
    make_good();
    CHECK(read_cut(FILE_BYTES));
    CHECK(image.segment_count == 3 && image.segments[0].vaddr == 0x400000);
    CHECK(image.start == 0x400000 && image.end == 0x400218 && image.entry == 0x400010);
}

static void test_load(void)
{
    uint8_t to[0x218];

    make_good();
    memset(to, 0xee, sizeof(to));
    CHECK(read_cut(FILE_BYTES));
    elf64_load(&image, file, to);
    for (unsigned i = 0; i < sizeof(to); i++) {
        unsigned expected = 0;

        if (i < 0x40) {
            expected = i + 1;
        } else if (i >= 0x100 && i < 0x120) {
            expected = 0x40 + i - 0x100 + 1;
        }
        CHECK(to[i] == expected);
    }
}

/* Sets one field of an otherwise good file. */
static bool refused_with(size_t at, uint64_t value, size_t size_bytes, const char *part)
{
    make_good();
    put(at, value, size_bytes);
    return refused(part);
}

static void test_bad_header(void)
{
    CHECK(refused_with(0, 0x23, 1, "not an ELF file"));
    CHECK(refused_with(CLASS, 1, 1, "class 1"));
    CHECK(refused_with(DATA, 2, 1, "byte order 2"));
    CHECK(refused_with(TYPE, 3, 2, "position independent"));
    CHECK(refused_with(TYPE, 1, 2, "type 1"));
    CHECK(refused_with(MACHINE_AT, 183, 2, "183"));
    CHECK(refused_with(ENTRY_BYTES, 32, 2, "32 bytes"));
    CHECK(refused_with(COUNT, 0, 2, "no loadable segment"));
    CHECK(refused_with(COUNT, 0xffff, 2, "65535 program headers"));
    CHECK(refused_with(TABLE, FILE_BYTES - 8, 8, "beyond"));
    CHECK(refused_with(TABLE, UINT64_MAX - 8, 8, "beyond"));
    CHECK(refused_with(ENTRY, 0x3fffff, 8, "entry point"));
    CHECK(refused_with(ENTRY, 0x400218, 8, "entry point"));
}

static void test_bad_segments(void)
{
    size_t first = header_of(1);

    CHECK(refused_with(first + P_OFFSET, FILE_BYTES - 0x3f, 8, "cut off"));
    CHECK(refused_with(first + P_OFFSET, UINT64_MAX - 0x1f, 8, "cut off"));
    CHECK(refused_with(first + P_FILE_BYTES, 0x41, 8, "only 0x40 in memory"));
    CHECK(refused_with(first + P_MEMORY_BYTES, 0x101, 8, "overlap"));
    CHECK(refused_with(first + P_MEMORY_BYTES, UINT64_MAX, 8, "beyond"));
    CHECK(refused_with(first + P_VADDR, LIMIT - 0x3f, 8, "beyond"));
    CHECK(refused_with(first + P_VADDR, UINT64_MAX, 8, "beyond"));
    CHECK(refused_with(first + P_VADDR, 0x3ff800, 8, "multiple of 0x1000"));
    make_good();
    for (unsigned i = 0; i < SEGMENTS; i++) {
        put(header_of(i) + P_TYPE, 2, 4);
    }
    CHECK(refused("no loadable segment"));
}

/* An image may end right at the limit. */
static void test_limit(void)
{
    make_good();
    put(COUNT, 1, 2);
    put_segment(0, DATA_OFFSET, LIMIT - 0x1000, 0x10, 0x1000);
    put(ENTRY, LIMIT - 1, 8);
    CHECK(read_cut(FILE_BYTES) && image.end == LIMIT);
}

static void test_every_cut(void)
{
    make_good();
    for (size_t size_bytes = 0; size_bytes < DATA_OFFSET + 0x60; size_bytes++) {
        CHECK(!read_cut(size_bytes));
    }
    CHECK(read_cut(DATA_OFFSET + 0x60));
}

/* Whatever is accepted must be loadable into exactly its own size. */
static void test_random_damage(void)
{
    srand(1);
    for (unsigned round = 0; round < 200000; round++) {
        make_good();
        for (int i = rand() % 4; i >= 0; i--) {
            file[(unsigned)rand() % (HEADERS + SEGMENTS * HEADER_BYTES)] = (uint8_t)rand();
        }
        if (elf64_read(&image, file, sizeof(file), MACHINE, LIMIT, problem) &&
            image.end - image.start <= 0x100000) {
            void *to = malloc(image.end - image.start);

            elf64_load(&image, file, to);
            free(to);
        }
    }
}

int main(void)
{
    test_good();
    test_load();
    test_bad_header();
    test_bad_segments();
    test_limit();
    test_every_cut();
    test_random_damage();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
