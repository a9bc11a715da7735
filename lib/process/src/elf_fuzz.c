// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzzer of elf_parse and the archive reader: a right file is spoilt in a few places and read from
 * memory of exactly its size. What is accepted must keep its promises.
 *
 *   elf_fuzz --short        what a change must pass
 *   elf_fuzz COUNT [SEED]   more
 */
#include <process/elf.h>
#include <process/ustar.h>
#include <stdlib.h>
#include <string.h>

#include "../test/support/check.h"
#include "../test/support/sample_elf.h"

static uint64_t seed = 1;

static uint64_t dice(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

/* Numbers that are near to something. */
static uint64_t odd_number(void)
{
    static const uint64_t near[] = {0,          1,          0x1000,         0x401000,    0x403000,
                                    1ull << 47, 1ull << 63, 0x7fffffffe000, SAMPLE_BYTES};
    const uint64_t n = near[dice(sizeof(near) / sizeof(near[0]))];

    return dice(4) == 0 ? seed : n + dice(3) - 1;
}

static void spoil(unsigned char *bytes, size_t size_bytes)
{
    for (uint64_t i = dice(4); i < 4; i++) {
        if (dice(3) == 0 || size_bytes < 8) {
            bytes[dice(size_bytes)] = (unsigned char)seed;
        } else {
            const size_t head = size_bytes < 232 ? size_bytes : 232; /* where the numbers are */

            sample_put(bytes, (unsigned)(dice(head / 8) * 8), 8, odd_number());
        }
    }
}

static int is_sound(const struct elf_program *p, size_t file_bytes)
{
    int has_entry = 0;

    for (unsigned i = 0; i < p->segment_count; i++) {
        const struct elf_segment *s = &p->segments[i];

        if (s->file_offset + s->file_bytes > file_bytes || s->file_bytes > s->memory_bytes ||
            s->address < 0x1000 || s->address + s->memory_bytes > sample_target.end ||
            (s->can_write && s->can_execute) || s->memory_bytes == 0 ||
            s->address + s->memory_bytes > p->end) {
            return 0;
        }
        has_entry |= s->can_execute && p->entry - s->address < s->memory_bytes;
        for (unsigned k = 0; k < i; k++) {
            const struct elf_segment *t = &p->segments[k];
            const int below = s->address + s->memory_bytes <= t->address >> 12 << 12;
            const int above = t->address + t->memory_bytes <= s->address >> 12 << 12;

            if (!below && !above) {
                return 0;
            }
        }
    }
    return has_entry && p->tls.file_bytes <= p->tls.memory_bytes &&
           p->tls.memory_bytes <= ELF_TLS_BYTES_MAX;
}

static void fuzz_elf(unsigned long count)
{
    unsigned long accepted = 0;

    for (unsigned long i = 0; i < count; i++) {
        const size_t size_bytes = dice(4) == 0 ? dice(SAMPLE_BYTES) + 1 : SAMPLE_BYTES;
        unsigned char whole[SAMPLE_BYTES], *bytes = malloc(size_bytes);
        struct elf_program program;

        sample_elf(whole);
        memcpy(bytes, whole, size_bytes);
        spoil(bytes, size_bytes);
        if (elf_parse(bytes, size_bytes, &sample_target, &program) == ELF_OK) {
            accepted++;
            CHECK(is_sound(&program, size_bytes));
        }
        free(bytes);
    }
    CHECK(accepted > count / 100 && accepted < count);
}

/* ---- archives ---- */

enum { ARCHIVE_BYTES = 4 * 512 };

static void put_header(unsigned char *h, const char *name, unsigned size_bytes)
{
    unsigned sum = 0;

    memset(h, 0, 512);
    memcpy(h, name, strlen(name));
    snprintf((char *)h + 124, 12, "%011o", size_bytes);
    memcpy(h + 257, "ustar\00000", 8);
    h[156] = '0';
    memset(h + 148, ' ', 8);
    for (unsigned i = 0; i < 512; i++) {
        sum += h[i];
    }
    snprintf((char *)h + 148, 8, "%06o", sum);
}

/* A checksum guards the header: half of the time it is made right again. */
static void spoil_archive(unsigned char *bytes, size_t size_bytes)
{
    for (uint64_t i = dice(3); i < 3; i++) {
        const size_t at = dice(size_bytes);
        const unsigned char was = bytes[at];

        bytes[at] = (unsigned char)(dice(2) == 0 ? seed : '0' + dice(8));
        if (dice(2) == 0 && at < 512 && size_bytes >= 512) {
            const unsigned sum = (unsigned)strtoul((char *)bytes + 148, NULL, 8);

            snprintf((char *)bytes + 148, 7, "%06o", (sum + bytes[at] - was) & 0777777);
        }
    }
}

static void fuzz_ustar(unsigned long count)
{
    unsigned long files = 0;

    for (unsigned long i = 0; i < count; i++) {
        const size_t size_bytes = dice(4) == 0 ? dice(ARCHIVE_BYTES) + 1 : ARCHIVE_BYTES;
        unsigned char whole[ARCHIVE_BYTES] = {0}, *bytes = malloc(size_bytes);
        struct ustar_file file;
        size_t offset = 0;

        put_header(whole, "./one", 100);
        put_header(whole + 1024, "two", 0);
        memcpy(bytes, whole, size_bytes);
        spoil_archive(bytes, size_bytes);
        while (ustar_next(bytes, size_bytes, &offset, &file) == USTAR_OK) {
            const unsigned char *start = file.bytes;

            CHECK(start >= bytes && start <= bytes + size_bytes);
            CHECK(file.size_bytes <= (size_t)(bytes + size_bytes - start));
            CHECK(strlen(file.name) < USTAR_NAME_BYTES);
            files++;
        }
        CHECK(offset <= size_bytes);
        free(bytes);
    }
    CHECK(files > count / 4);
}

int main(int argc, char **argv)
{
    const int is_short = argc == 2 && strcmp(argv[1], "--short") == 0;
    const unsigned long count = is_short || argc < 2 ? 200000 : strtoul(argv[1], NULL, 10);

    seed = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 88172645463325252ull;
    fuzz_elf(count);
    fuzz_ustar(count);
    printf("%lu programs and archives each, %u broken promises\n", count, failures);
    return failures != 0;
}
