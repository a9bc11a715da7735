// SPDX-License-Identifier: BSD-2-Clause
/*
 * What can be done to a file system by path, and be seen of it. Two do it: Linux, for a file system
 * that it has mounted, and lib/ext4, for one in an image. What the rest of this program does, it
 * does the same to both.
 *
 * Paths are relative to the root, which is "." itself. Everything returns 0 or a number of errno.
 * Paths are not followed through symbolic links at their end; callers have none on the way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATH_BYTES = 4096, ATTRIBUTE_BYTES = 65536 };

struct moment {
    int64_t seconds;
    uint32_t nanoseconds;
};

struct facts {
    uint64_t inode, size, sectors;
    uint32_t mode, links, uid, gid, major, minor;
    struct moment accessed, modified, changed, created;
};

enum allocation { ALLOCATE, ALLOCATE_KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE };
enum renaming { REPLACE, KEEP, EXCHANGE };

typedef void take_name(void *context, const char *name);

struct files {
    const char *who;
    void *context;
    int (*make)(void *context, const char *path, uint32_t mode, uint32_t major, uint32_t minor);
    int (*symlink)(void *context, const char *path, const char *target);
    int (*link)(void *context, const char *path, const char *old);
    int (*unlink)(void *context, const char *path);
    int (*rmdir)(void *context, const char *path);
    int (*rename)(void *context, const char *from, const char *to, enum renaming how);
    int (*write)(void *context, const char *path, uint64_t offset, const void *data, size_t bytes);
    int (*truncate)(void *context, const char *path, uint64_t size);
    int (*allocate)(void *context, const char *path, enum allocation how, uint64_t offset,
                    uint64_t bytes);
    int (*set_mode)(void *context, const char *path, uint32_t mode);
    int (*set_owner)(void *context, const char *path, uint32_t uid, uint32_t gid);
    int (*set_times)(void *context, const char *path, struct moment accessed,
                     struct moment modified);
    int (*set_attribute)(void *context, const char *path, const char *name, const void *value,
                         size_t bytes);
    int (*remove_attribute)(void *context, const char *path, const char *name);
    int (*fsync)(void *context, const char *path);
    int (*sync)(void *context);
    /* The file stays open, also when its last name goes; the oldest of a few is closed for it. */
    int (*hold)(void *context, const char *path);
    void (*let_go)(void *context);

    int (*facts)(void *context, const char *path, struct facts *facts);
    int (*list)(void *context, const char *path, take_name *take, void *taker);
    /* Less than `bytes` only at the end of the file. */
    int (*read)(void *context, const char *path, uint64_t offset, void *data, size_t bytes,
                size_t *done);
    int (*read_link)(void *context, const char *path, char *target, size_t size, size_t *length);
    /* The first data, or hole, at or after `offset`; ENXIO beyond the last. */
    int (*seek)(void *context, const char *path, bool hole, uint64_t offset, uint64_t *result);
    int (*list_attributes)(void *context, const char *path, take_name *take, void *taker);
    int (*attribute)(void *context, const char *path, const char *name, void *value, size_t size,
                     size_t *length);
};

/* The folder that this process is in. */
extern const struct files linux_files;
