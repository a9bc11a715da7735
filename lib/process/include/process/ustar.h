// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files in an archive of the ustar format (POSIX tar), read where they are: nothing is copied.
 * Pure: reads bytes, trusts none of them. Directories and links are passed over; names of up to
 * 255 characters are compared as they are written, with a "./" in front left out.
 */
#pragma once

#include <stddef.h>

enum ustar_status {
    USTAR_OK,
    USTAR_END,       /* no more files; the file asked for is not there */
    USTAR_TRUNCATED, /* a header or the bytes of a file are not all there */
    USTAR_NO_MAGIC,  /* not a ustar header */
    USTAR_BAD_CHECKSUM,
    USTAR_BAD_NUMBER, /* a size that is no octal number */
    USTAR_STATUS_COUNT
};

enum { USTAR_NAME_BYTES = 257 };

struct ustar_file {
    char name[USTAR_NAME_BYTES];
    const void *bytes; /* in the archive */
    size_t size_bytes;
};

/* The first regular file at or behind *offset (0 at first), which moves on. */
enum ustar_status ustar_next(const void *archive, size_t archive_bytes, size_t *offset,
                             struct ustar_file *file) __attribute__((warn_unused_result));

enum ustar_status ustar_find(const void *archive, size_t archive_bytes, const char *name,
                             struct ustar_file *file) __attribute__((warn_unused_result));

const char *ustar_status_text(enum ustar_status status);
