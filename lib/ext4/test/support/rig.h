// SPDX-License-Identifier: BSD-2-Clause
/*
 * What tests of lib/ext4 stand on: a disk in memory that can fail, an allocator that can fail and
 * finds leaks, and e2fsprogs, which is not ours, to make and judge images.
 */
#pragma once

#include <ext4/ext4.h>

#include <stdio.h>

struct rig {
    uint8_t *bytes;
    size_t size_bytes;
    struct ext4_config config;
    struct ext4_fs *fs;
    bool quiet;     /* does not print the log */
    char log[4096]; /* since the last mount */
    /* Requests are answered only when somebody waits, in an order by `random`. */
    bool deferred;
    struct ext4_io *waiting[64];
    uint64_t waiting_sums[64]; /* of what they write, which must not change meanwhile */
    unsigned waiting_count;
    uint32_t random;
    /* The nth from now on fails; 0: none does. */
    unsigned long fail_read, fail_write, fail_alloc;
    unsigned long reads, writes, flushes, forced, blocks_read, blocks_written, allocs;
    size_t allocated_bytes, allocated_most;
    int64_t now_s;
    /* Sees every write and flush (null segments) before it happens. */
    void (*watch)(void *context, const struct ext4_io *io);
    void *watch_context;
};

/* A disk of that size with `mkfs.ext4 OPTIONS`. Ends the program if that fails. */
void rig_make(struct rig *rig, unsigned mib, const char *options);
/* The same without a file system on it. */
void rig_blank(struct rig *rig, size_t size_bytes);
/* The same with what another disk has now. */
void rig_copy(struct rig *rig, const struct rig *from);
/* The same on bytes that are the caller's, and stay so. */
void rig_attach(struct rig *rig, uint8_t *bytes, size_t size_bytes);
void rig_free(struct rig *rig);

enum ext4_status rig_mount(struct rig *rig);
enum ext4_status rig_unmount(struct rig *rig);
/* As if the power went. */
void rig_crash(struct rig *rig);

/* The image as a file, for other programs; the caller frees the name and removes the file. */
char *rig_save(const struct rig *rig);
void rig_load(struct rig *rig, const char *path);

/* What e2fsck -fn says; true if it finds nothing. Prints what it found. */
bool rig_is_sound(const struct rig *rig);
/* e2fsck -fy on the image: replays and repairs. */
void rig_repair(struct rig *rig);
/* Runs debugfs commands on the image and takes over what they change; output is kept for the
 * caller to free. */
char *rig_debugfs(struct rig *rig, const char *commands);
/* Contents of a file through debugfs. */
size_t rig_debugfs_cat(const struct rig *rig, const char *path, uint8_t *to, size_t size);

/* ---- short words for operations on paths --------------------------------- */

enum ext4_status rig_walk(struct rig *rig, const char *path, struct ext4_inode **inode);
/* The directory that `path` is in, and the last name. */
enum ext4_status rig_parent(struct rig *rig, const char *path, struct ext4_inode **dir,
                            const char **name);
enum ext4_status rig_mkdir(struct rig *rig, const char *path);
enum ext4_status rig_create(struct rig *rig, const char *path);
enum ext4_status rig_write(struct rig *rig, const char *path, uint64_t offset, const void *data,
                           size_t bytes);
enum ext4_status rig_read(struct rig *rig, const char *path, uint64_t offset, void *data,
                          size_t bytes, size_t *done);
enum ext4_status rig_unlink(struct rig *rig, const char *path);
enum ext4_status rig_rmdir(struct rig *rig, const char *path);
enum ext4_status rig_rename(struct rig *rig, const char *from, const char *to,
                            enum ext4_rename_mode mode);
enum ext4_status rig_truncate(struct rig *rig, const char *path, uint64_t size);
enum ext4_status rig_symlink(struct rig *rig, const char *path, const char *target);
enum ext4_status rig_link(struct rig *rig, const char *path, const char *old);

/* ---- verdicts ------------------------------------------------------------ */

extern unsigned rig_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            rig_failures++;                                                                        \
        }                                                                                          \
    } while (0)

#define CHECK_STATUS(expected, call)                                                               \
    do {                                                                                           \
        enum ext4_status check_got = (call);                                                       \
        if (check_got != (expected)) {                                                             \
            fprintf(stderr, "%s:%d: %s: %s: expected '%s', got '%s'\n", __FILE__, __LINE__,        \
                    __func__, #call, ext4_status_text(expected), ext4_status_text(check_got));     \
            rig_failures++;                                                                        \
        }                                                                                          \
    } while (0)

#define CHECK_OK(call) CHECK_STATUS(EXT4_OK, call)
