// SPDX-License-Identifier: BSD-2-Clause
/* Files as Linux has them, below the folder that this process is in. */
#include "test/ext4/worker/files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The kernel's numbers, which this C library may not name. */
enum {
    RENAME_KEEP = 1,
    RENAME_SWAP = 2,
    FALLOCATE_KEEP = 1,
    FALLOCATE_PUNCH = 2,
    FALLOCATE_ZERO = 16
};
enum { STATX_ALL_AND_BIRTH = 0xfff, STATX_FORCE_SYNC = 0x2000, HELD = 4 };

struct statx_time {
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t unused;
};

/* As the manual page statx(2) has it. */
struct statx_result {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode, unused;
    uint64_t inode, size, blocks, attributes_mask;
    struct statx_time accessed, created, changed, modified;
    uint32_t major, minor, device_major, device_minor;
    uint64_t spare[14];
};

static_assert(sizeof(struct statx_result) == 256, "the kernel fills in 256 bytes");

static int held[HELD] = {-1, -1, -1, -1};

static int result_of(long returned)
{
    return returned < 0 ? errno : 0;
}

/* `call`, and then the file is closed, whatever came of it. */
static int closing(int fd, long returned)
{
    int result = result_of(returned);

    if (fd >= 0) {
        close(fd);
    }
    return result;
}

static int open_file(const char *path, int flags)
{
    return open(path, flags | O_NOFOLLOW | O_CLOEXEC);
}

static int linux_make(void *context, const char *path, uint32_t mode, uint32_t major_number,
                      uint32_t minor_number)
{
    (void)context;
    if (S_ISDIR(mode)) {
        return result_of(mkdir(path, mode & 07777));
    }
    return result_of(mknod(path, mode, makedev(major_number, minor_number)));
}

static int linux_symlink(void *context, const char *path, const char *target)
{
    (void)context;
    return result_of(symlink(target, path));
}

static int linux_link(void *context, const char *path, const char *old)
{
    (void)context;
    return result_of(linkat(AT_FDCWD, old, AT_FDCWD, path, 0));
}

static int linux_unlink(void *context, const char *path)
{
    (void)context;
    return result_of(unlink(path));
}

static int linux_rmdir(void *context, const char *path)
{
    (void)context;
    return result_of(rmdir(path));
}

static int linux_rename(void *context, const char *from, const char *to, enum renaming how)
{
    static const unsigned flags[] = {[REPLACE] = 0, [KEEP] = RENAME_KEEP, [EXCHANGE] = RENAME_SWAP};

    (void)context;
    return result_of(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags[how]));
}

static int linux_write(void *context, const char *path, uint64_t offset, const void *data,
                       size_t bytes)
{
    int fd = open_file(path, O_WRONLY);
    ssize_t written;

    (void)context;
    if (fd < 0) {
        return errno;
    }
    written = pwrite(fd, data, bytes, (off_t)offset);
    if (written >= 0 && (size_t)written < bytes) {
        close(fd);
        return ENOSPC;
    }
    return closing(fd, written);
}

static int linux_truncate(void *context, const char *path, uint64_t size)
{
    int fd = open_file(path, O_WRONLY);

    (void)context;
    return fd < 0 ? errno : closing(fd, ftruncate(fd, (off_t)size));
}

static int linux_allocate(void *context, const char *path, enum allocation how, uint64_t offset,
                          uint64_t bytes)
{
    static const int modes[] = {[ALLOCATE] = 0,
                                [ALLOCATE_KEEP_SIZE] = FALLOCATE_KEEP,
                                [PUNCH_HOLE] = FALLOCATE_PUNCH | FALLOCATE_KEEP,
                                [ZERO_RANGE] = FALLOCATE_ZERO | FALLOCATE_KEEP};
    int fd = open_file(path, O_WRONLY);

    (void)context;
    return fd < 0 ? errno : closing(fd, fallocate(fd, modes[how], (off_t)offset, (off_t)bytes));
}

static int linux_set_mode(void *context, const char *path, uint32_t mode)
{
    (void)context;
    return result_of(chmod(path, mode));
}

static int linux_set_owner(void *context, const char *path, uint32_t uid, uint32_t gid)
{
    (void)context;
    return result_of(lchown(path, uid, gid));
}

static int linux_set_times(void *context, const char *path, struct moment accessed,
                           struct moment modified)
{
    struct timespec times[2] = {{accessed.seconds, (long)accessed.nanoseconds},
                                {modified.seconds, (long)modified.nanoseconds}};

    (void)context;
    return result_of(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

static int linux_set_attribute(void *context, const char *path, const char *name, const void *value,
                               size_t bytes)
{
    (void)context;
    return result_of(lsetxattr(path, name, value, bytes, 0));
}

static int linux_remove_attribute(void *context, const char *path, const char *name)
{
    (void)context;
    return result_of(lremovexattr(path, name));
}

static int linux_fsync(void *context, const char *path)
{
    int fd = open_file(path, O_RDONLY);

    (void)context;
    return fd < 0 ? errno : closing(fd, fsync(fd));
}

static int linux_sync(void *context)
{
    int fd = open_file(".", O_RDONLY | O_DIRECTORY);

    (void)context;
    return fd < 0 ? errno : closing(fd, syncfs(fd));
}

static int linux_hold(void *context, const char *path)
{
    static unsigned next;
    int fd = open_file(path, O_RDWR);

    (void)context;
    if (fd < 0) {
        return errno;
    }
    close(held[next]);
    held[next] = fd;
    next = (next + 1) % HELD;
    return 0;
}

static void linux_let_go(void *context)
{
    (void)context;
    for (unsigned i = 0; i < HELD; i++) {
        close(held[i]);
        held[i] = -1;
    }
}

/* ---- looking ------------------------------------------------------------- */

static struct moment moment_of(struct statx_time time)
{
    return (struct moment){time.seconds, time.nanoseconds};
}

static int linux_facts(void *context, const char *path, struct facts *facts)
{
    struct statx_result seen;
    long returned = syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | STATX_FORCE_SYNC,
                            STATX_ALL_AND_BIRTH, &seen);

    (void)context;
    if (returned < 0) {
        return errno;
    }
    *facts = (struct facts){.inode = seen.inode,
                            .size = seen.size,
                            .sectors = seen.blocks,
                            .mode = seen.mode,
                            .links = seen.links,
                            .uid = seen.uid,
                            .gid = seen.gid,
                            .major = seen.major,
                            .minor = seen.minor,
                            .accessed = moment_of(seen.accessed),
                            .modified = moment_of(seen.modified),
                            .changed = moment_of(seen.changed),
                            .created = moment_of(seen.created)};
    return 0;
}

static int linux_list(void *context, const char *path, take_name *take, void *taker)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    int result;

    (void)context;
    if (!directory) {
        return errno;
    }
    errno = 0;
    while ((entry = readdir(directory)) != NULL) {
        take(taker, entry->d_name);
        errno = 0;
    }
    result = errno;
    closedir(directory);
    return result;
}

/* Nothing stays in memory: room that was never written would be data for seek from then on. */
static int linux_read(void *context, const char *path, uint64_t offset, void *data, size_t bytes,
                      size_t *done)
{
    int fd = open_file(path, O_RDONLY | O_NOATIME), number;
    ssize_t got;

    (void)context;
    if (fd < 0) {
        return errno;
    }
    posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    got = pread(fd, data, bytes, (off_t)offset);
    *done = got < 0 ? 0 : (size_t)got;
    number = result_of(got);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    return number;
}

static int linux_read_link(void *context, const char *path, char *target, size_t size,
                           size_t *length)
{
    ssize_t got = readlink(path, target, size);

    (void)context;
    *length = got < 0 ? 0 : (size_t)got;
    return result_of(got);
}

static int linux_seek(void *context, const char *path, bool hole, uint64_t offset, uint64_t *result)
{
    int fd = open_file(path, O_RDONLY);
    off_t found;

    (void)context;
    if (fd < 0) {
        return errno;
    }
    found = lseek(fd, (off_t)offset, hole ? SEEK_HOLE : SEEK_DATA);
    *result = found < 0 ? 0 : (uint64_t)found;
    return closing(fd, found);
}

static int linux_list_attributes(void *context, const char *path, take_name *take, void *taker)
{
    static char names[ATTRIBUTE_BYTES];
    ssize_t length = llistxattr(path, names, sizeof(names));

    (void)context;
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        take(taker, names + at);
    }
    return result_of(length);
}

static int linux_attribute(void *context, const char *path, const char *name, void *value,
                           size_t size, size_t *length)
{
    ssize_t got = lgetxattr(path, name, value, size);

    (void)context;
    *length = got < 0 ? 0 : (size_t)got;
    return result_of(got);
}

const struct files linux_files = {
    .who = "Linux",
    .make = linux_make,
    .symlink = linux_symlink,
    .link = linux_link,
    .unlink = linux_unlink,
    .rmdir = linux_rmdir,
    .rename = linux_rename,
    .write = linux_write,
    .truncate = linux_truncate,
    .allocate = linux_allocate,
    .set_mode = linux_set_mode,
    .set_owner = linux_set_owner,
    .set_times = linux_set_times,
    .set_attribute = linux_set_attribute,
    .remove_attribute = linux_remove_attribute,
    .fsync = linux_fsync,
    .sync = linux_sync,
    .hold = linux_hold,
    .let_go = linux_let_go,
    .facts = linux_facts,
    .list = linux_list,
    .read = linux_read,
    .read_link = linux_read_link,
    .seek = linux_seek,
    .list_attributes = linux_list_attributes,
    .attribute = linux_attribute,
};
