// SPDX-License-Identifier: BSD-2-Clause
#include <process/ustar.h>

#include <stdbool.h>
#include <stdint.h>
#include <tiny/string.h>

/* A header (POSIX.1-1988, "ustar Interchange Format"): fields as offset and size. */
enum {
    BLOCK_BYTES = 512,
    AT_NAME = 0,
    NAME_FIELD = 100,
    AT_SIZE = 124,
    SIZE_FIELD = 12,
    AT_CHECKSUM = 148,
    CHECKSUM_FIELD = 8,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    PREFIX_FIELD = 155,
};

static bool is_zero_block(const unsigned char *header)
{
    for (unsigned i = 0; i < BLOCK_BYTES; i++) {
        if (header[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Octal digits, with spaces in front and a space or zero behind; false: something else. */
static bool read_octal(const unsigned char *field, unsigned size, uint64_t *value)
{
    unsigned i = 0;

    *value = 0;
    while (i < size && field[i] == ' ') {
        i++;
    }
    if (i == size || field[i] < '0' || field[i] > '7') {
        return false;
    }
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) {
        *value = *value << 3 | (uint64_t)(field[i] - '0');
    }
    return i == size || field[i] == ' ' || field[i] == '\0';
}

/* The sum of all bytes, those of the checksum itself taken as spaces. */
static bool has_good_checksum(const unsigned char *header)
{
    uint64_t sum = 0, written;

    for (unsigned i = 0; i < BLOCK_BYTES; i++) {
        const bool is_own = i >= AT_CHECKSUM && i < AT_CHECKSUM + CHECKSUM_FIELD;

        sum += is_own ? ' ' : header[i];
    }
    return read_octal(header + AT_CHECKSUM, CHECKSUM_FIELD, &written) && written == sum;
}

/* "prefix/name", without a leading "./". */
static void read_name(const unsigned char *header, char name[USTAR_NAME_BYTES])
{
    const char *prefix = (const char *)header + AT_PREFIX, *rest = (const char *)header + AT_NAME;
    const size_t prefix_length = tiny_strnlen(prefix, PREFIX_FIELD);
    size_t at = 0;

    if (prefix_length != 0) {
        tiny_memcpy(name, prefix, prefix_length);
        name[prefix_length] = '/';
        at = prefix_length + 1;
    }
    const size_t length = tiny_strnlen(rest, NAME_FIELD);

    tiny_memcpy(name + at, rest, length);
    name[at + length] = '\0';
    if (name[0] == '.' && name[1] == '/') {
        tiny_memmove(name, name + 2, at + length - 1);
    }
}

static enum ustar_status check_header(const unsigned char *header, uint64_t *size_bytes)
{
    if (tiny_memcmp(header + AT_MAGIC, "ustar", 5) != 0) {
        return USTAR_NO_MAGIC;
    }
    if (!has_good_checksum(header)) {
        return USTAR_BAD_CHECKSUM;
    }
    return read_octal(header + AT_SIZE, SIZE_FIELD, size_bytes) ? USTAR_OK : USTAR_BAD_NUMBER;
}

static bool is_regular(const unsigned char *header)
{
    return header[AT_TYPE] == '0' || header[AT_TYPE] == '\0' || header[AT_TYPE] == '7';
}

enum ustar_status ustar_next(const void *archive, size_t archive_bytes, size_t *offset,
                             struct ustar_file *file)
{
    while (*offset < archive_bytes) {
        const unsigned char *header = (const unsigned char *)archive + *offset;
        const size_t left = archive_bytes - *offset;
        enum ustar_status status;
        uint64_t size_bytes;

        if (left < BLOCK_BYTES) {
            return USTAR_TRUNCATED;
        }
        if (is_zero_block(header)) {
            return USTAR_END;
        }
        status = check_header(header, &size_bytes);
        if (status != USTAR_OK) {
            return status;
        }
        if (size_bytes > left - BLOCK_BYTES) {
            return USTAR_TRUNCATED;
        }
        /* The last file's padding may be cut off: then the next look finds the end. */
        const size_t padded = (size_t)(size_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;

        *offset += padded > left - BLOCK_BYTES ? left : BLOCK_BYTES + padded;
        if (is_regular(header)) {
            read_name(header, file->name);
            file->bytes = header + BLOCK_BYTES;
            file->size_bytes = (size_t)size_bytes;
            return USTAR_OK;
        }
    }
    return USTAR_END;
}

enum ustar_status ustar_find(const void *archive, size_t archive_bytes, const char *name,
                             struct ustar_file *file)
{
    enum ustar_status status;
    size_t offset = 0;

    do {
        status = ustar_next(archive, archive_bytes, &offset, file);
    } while (status == USTAR_OK && tiny_strcmp(file->name, name) != 0);
    return status;
}

static const char *const texts[USTAR_STATUS_COUNT] = {
    [USTAR_OK] = "a file",
    [USTAR_END] = "no such file in the archive",
    [USTAR_TRUNCATED] = "the archive is cut off",
    [USTAR_NO_MAGIC] = "not a ustar archive",
    [USTAR_BAD_CHECKSUM] = "a header's checksum is wrong",
    [USTAR_BAD_NUMBER] = "a header's size is no number",
};

const char *ustar_status_text(enum ustar_status status)
{
    return (unsigned)status < USTAR_STATUS_COUNT ? texts[status] : "unknown status";
}
