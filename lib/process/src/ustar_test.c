// SPDX-License-Identifier: BSD-2-Clause
/* process.ustar: files of an archive as tar writes it, and archives that are broken. */
#include <process/ustar.h>

#include <stdlib.h>
#include <string.h>

#include "../test/support/check.h"

enum { BLOCK = 512, LARGE = 1000, ARCHIVE_BYTES = 16 * BLOCK };

static unsigned char archive[ARCHIVE_BYTES];
static size_t used;

static void seal(unsigned char *header)
{
    unsigned sum = 0;

    memset(header + 148, ' ', 8);
    for (unsigned i = 0; i < BLOCK; i++) {
        sum += header[i];
    }
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static unsigned char *add(const char *prefix, const char *name, char type, size_t size_bytes)
{
    unsigned char *header = archive + used;

    memset(header, 0, BLOCK);
    memcpy(header, name, strlen(name));
    memcpy(header + 345, prefix, strlen(prefix));
    snprintf((char *)header + 124, 12, "%011o", (unsigned)size_bytes);
    memcpy(header + 257, "ustar\00000", 8);
    header[156] = (unsigned char)type;
    seal(header);
    memset(header + BLOCK, 'a' + (int)(used / BLOCK), size_bytes);
    used += BLOCK + (size_bytes + BLOCK - 1) / BLOCK * BLOCK;
    return header;
}

static void make(void)
{
    memset(archive, 0, sizeof(archive));
    used = 0;
    add("", "./first", '0', 5);
    add("", "folder/", '5', 0);
    add("some/folder", "second", '0', LARGE);
    add("", "empty", '\0', 0);
    used += 2 * BLOCK;
}

static void test_files(void)
{
    static const char *const names[] = {"first", "some/folder/second", "empty"};
    static const size_t sizes[] = {5, LARGE, 0};
    struct ustar_file file;
    size_t offset = 0;

    make();
    for (unsigned i = 0; i < 3; i++) {
        CHECK(ustar_next(archive, used, &offset, &file) == USTAR_OK);
        CHECK(strcmp(file.name, names[i]) == 0 && file.size_bytes == sizes[i]);
    }
    CHECK(ustar_next(archive, used, &offset, &file) == USTAR_END);
    CHECK(ustar_find(archive, used, "some/folder/second", &file) == USTAR_OK);
    CHECK(file.size_bytes == LARGE && ((const char *)file.bytes)[LARGE - 1] == 'd');
    CHECK(ustar_find(archive, used, "folder", &file) == USTAR_END);
    CHECK(ustar_find(archive, used, "seco", &file) == USTAR_END);
    CHECK(ustar_find(archive, 0, "first", &file) == USTAR_END);
}

/* Names that fill their fields have no zero at the end. */
static void test_long_name(void)
{
    char name[101], prefix[156];
    struct ustar_file file;

    memset(name, 'n', 100);
    memset(prefix, 'p', 155);
    name[100] = prefix[155] = '\0';
    used = 0;
    add(prefix, name, '0', 1);
    CHECK(ustar_find(archive, used, "x", &file) == USTAR_END);
    CHECK(strlen(file.name) == 256 && file.name[155] == '/' && file.name[255] == 'n');
}

static enum ustar_status first(size_t size_bytes)
{
    unsigned char *copy = malloc(size_bytes);
    struct ustar_file file;
    size_t offset = 0;
    enum ustar_status status;

    memcpy(copy, archive, size_bytes);
    status = ustar_next(copy, size_bytes, &offset, &file);
    free(copy);
    return status;
}

static void test_broken(void)
{
    make();
    CHECK(first(511) == USTAR_TRUNCATED);
    CHECK(first(512) == USTAR_TRUNCATED);
    CHECK(first(516) == USTAR_TRUNCATED);
    CHECK(first(517) == USTAR_OK);
    archive[0]++;
    CHECK(first(used) == USTAR_BAD_CHECKSUM);
    make();
    archive[257] = 'U';
    CHECK(first(used) == USTAR_NO_MAGIC);
    make();
    archive[124] = '8';
    seal(archive);
    CHECK(first(used) == USTAR_BAD_NUMBER);
    make();
    memset(archive + 124, ' ', 12);
    seal(archive);
    CHECK(first(used) == USTAR_BAD_NUMBER);
    memcpy(archive + 124, "777777777777", 12);
    seal(archive);
    CHECK(first(used) == USTAR_TRUNCATED);
    archive[124] = 0x80; /* GNU's numbers of other kinds are not ustar */
    seal(archive);
    CHECK(first(used) == USTAR_BAD_NUMBER);
}

int main(void)
{
    test_files();
    test_long_name();
    test_broken();
    for (unsigned i = 0; i <= USTAR_STATUS_COUNT; i++) {
        CHECK(ustar_status_text((enum ustar_status)i) != NULL);
    }
    return failures != 0;
}
