// SPDX-License-Identifier: BSD-2-Clause
#include <ext4/status.h>

static const char *const texts[EXT4_STATUS_COUNT] = {
    [EXT4_OK] = "done",
    [EXT4_IO] = "the device failed",
    [EXT4_CORRUPT] = "the file system is damaged",
    [EXT4_NO_MEMORY] = "out of memory",
    [EXT4_NO_SPACE] = "no space left",
    [EXT4_NOT_FOUND] = "not found",
    [EXT4_EXISTS] = "exists already",
    [EXT4_NOT_DIRECTORY] = "not a directory",
    [EXT4_IS_DIRECTORY] = "is a directory",
    [EXT4_NOT_EMPTY] = "directory not empty",
    [EXT4_NAME_TOO_LONG] = "name too long",
    [EXT4_INVALID] = "invalid argument",
    [EXT4_READ_ONLY] = "read-only file system",
    [EXT4_UNSUPPORTED] = "not supported",
    [EXT4_TOO_MANY_LINKS] = "too many links",
    [EXT4_TOO_BIG] = "too big",
    [EXT4_RANGE] = "buffer too small",
    [EXT4_BUSY] = "busy",
};

const char *ext4_status_text(enum ext4_status status)
{
    return (unsigned)status < EXT4_STATUS_COUNT ? texts[status] : "unknown status";
}
