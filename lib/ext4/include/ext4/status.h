// SPDX-License-Identifier: BSD-2-Clause
/* How operations of the library end. Whoever gets one must look at it. */
#pragma once

enum ext4_status {
    EXT4_OK,
    EXT4_IO,             /* the device failed */
    EXT4_CORRUPT,        /* the disk contradicts itself; the log says where */
    EXT4_NO_MEMORY,      /* allocator, buffer cache or a pool is exhausted */
    EXT4_NO_SPACE,       /* no free block or inode, or the directory index is full */
    EXT4_NOT_FOUND,      /* no such name, inode or attribute */
    EXT4_EXISTS,         /* the name is taken */
    EXT4_NOT_DIRECTORY,  /* a directory was expected */
    EXT4_IS_DIRECTORY,   /* anything but a directory was expected */
    EXT4_NOT_EMPTY,      /* the directory has entries */
    EXT4_NAME_TOO_LONG,  /* more than 255 bytes in a name, or a block in a symbolic link */
    EXT4_INVALID,        /* arguments that never make sense */
    EXT4_READ_ONLY,      /* mounted so, or became so after an error */
    EXT4_UNSUPPORTED,    /* a feature of the format that is not implemented; the log names it */
    EXT4_TOO_MANY_LINKS, /* the link count is full */
    EXT4_TOO_BIG,        /* beyond the largest file, or attribute */
    EXT4_RANGE,          /* the caller's buffer is too small */
    EXT4_BUSY,           /* still in use */
    EXT4_STATUS_COUNT,
};

#define EXT4_RESULT __attribute__((warn_unused_result)) enum ext4_status

/* A text for people, never null. */
const char *ext4_status_text(enum ext4_status status);
