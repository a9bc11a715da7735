// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/library_files.h"
#include "lib/ext4/test/support/rig.h"
#include "test/ext4/worker/acl.h"

#include <ext4/acl.h>

#include <errno.h>
#include <string.h>

enum { HELD = 4 };

static struct ext4_inode *held[HELD];

static int number_of(enum ext4_status status)
{
    static const int numbers[EXT4_STATUS_COUNT] = {
        [EXT4_IO] = EIO,
        [EXT4_CORRUPT] = EUCLEAN,
        [EXT4_NO_MEMORY] = ENOMEM,
        [EXT4_NO_SPACE] = ENOSPC,
        [EXT4_NOT_FOUND] = ENOENT,
        [EXT4_EXISTS] = EEXIST,
        [EXT4_NOT_DIRECTORY] = ENOTDIR,
        [EXT4_IS_DIRECTORY] = EISDIR,
        [EXT4_NOT_EMPTY] = ENOTEMPTY,
        [EXT4_NAME_TOO_LONG] = ENAMETOOLONG,
        [EXT4_INVALID] = EINVAL,
        [EXT4_READ_ONLY] = EROFS,
        [EXT4_UNSUPPORTED] = EOPNOTSUPP,
        [EXT4_TOO_MANY_LINKS] = EMLINK,
        [EXT4_TOO_BIG] = EFBIG,
        [EXT4_RANGE] = ERANGE,
        [EXT4_BUSY] = EBUSY,
    };

    return numbers[status];
}

/* ---- names --------------------------------------------------------------- */

static int library_make(void *context, const char *path, uint32_t mode, uint32_t major,
                        uint32_t minor)
{
    struct ext4_inode *dir, *inode;
    const char *name;
    enum ext4_status status = rig_parent(context, path, &dir, &name);

    if (status != EXT4_OK) {
        return number_of(status);
    }
    status =
        ext4_create(dir, name, strlen(name), mode, (struct ext4_owner){0, 0}, major, minor, &inode);
    if (status == EXT4_OK) {
        ext4_inode_put(inode);
    }
    ext4_inode_put(dir);
    return number_of(status);
}

static int library_symlink(void *context, const char *path, const char *target)
{
    return number_of(rig_symlink(context, path, target));
}

static int library_link(void *context, const char *path, const char *old)
{
    return number_of(rig_link(context, path, old));
}

static int library_unlink(void *context, const char *path)
{
    return number_of(rig_unlink(context, path));
}

static int library_rmdir(void *context, const char *path)
{
    return number_of(rig_rmdir(context, path));
}

static int library_rename(void *context, const char *from, const char *to, enum renaming how)
{
    static const enum ext4_rename_mode modes[] = {[REPLACE] = EXT4_RENAME_REPLACE,
                                                  [KEEP] = EXT4_RENAME_KEEP,
                                                  [EXCHANGE] = EXT4_RENAME_EXCHANGE};

    return number_of(rig_rename(context, from, to, modes[how]));
}

/* ---- what is done with one file ------------------------------------------ */

/* Finds the file into `inode`, does what follows to `status`, and puts the file back. */
#define WITH_FILE(context, path, inode, status)                                                    \
    struct ext4_inode *inode;                                                                      \
    enum ext4_status status = rig_walk(context, path, &inode);                                     \
    if (status != EXT4_OK) {                                                                       \
        return number_of(status);                                                                  \
    }

static int putting(struct ext4_inode *inode, enum ext4_status status)
{
    ext4_inode_put(inode);
    return number_of(status);
}

static int library_write(void *context, const char *path, uint64_t offset, const void *data,
                         size_t bytes)
{
    return number_of(rig_write(context, path, offset, data, bytes));
}

static int library_truncate(void *context, const char *path, uint64_t size)
{
    return number_of(rig_truncate(context, path, size));
}

static int library_allocate(void *context, const char *path, enum allocation how, uint64_t offset,
                            uint64_t bytes)
{
    static const enum ext4_allocate_mode modes[] = {[ALLOCATE] = EXT4_ALLOCATE,
                                                    [ALLOCATE_KEEP_SIZE] = EXT4_ALLOCATE_KEEP_SIZE,
                                                    [PUNCH_HOLE] = EXT4_PUNCH_HOLE,
                                                    [ZERO_RANGE] = EXT4_ZERO_RANGE};
    WITH_FILE(context, path, inode, status)

    return putting(inode, ext4_allocate(inode, modes[how], offset, bytes));
}

static int set(void *context, const char *path, unsigned which,
               const struct ext4_attributes *values)
{
    WITH_FILE(context, path, inode, status)

    return putting(inode, ext4_set_attributes(inode, which, values));
}

static int library_set_mode(void *context, const char *path, uint32_t mode)
{
    struct ext4_attributes values = {.mode = mode};

    return set(context, path, EXT4_SET_MODE, &values);
}

static int library_set_owner(void *context, const char *path, uint32_t uid, uint32_t gid)
{
    struct ext4_attributes values = {.uid = uid, .gid = gid};

    return set(context, path, EXT4_SET_UID | EXT4_SET_GID, &values);
}

static struct ext4_time time_of(struct moment moment)
{
    return (struct ext4_time){moment.seconds, moment.nanoseconds};
}

static int library_set_times(void *context, const char *path, struct moment accessed,
                             struct moment modified)
{
    struct ext4_attributes values = {.accessed = time_of(accessed), .modified = time_of(modified)};

    return set(context, path, EXT4_SET_ACCESSED | EXT4_SET_MODIFIED, &values);
}

static int library_set_attribute(void *context, const char *path, const char *name,
                                 const void *value, size_t bytes)
{
    uint8_t stored[ACL_BYTES];
    WITH_FILE(context, path, inode, status)

    if (ext4_acl_is_name(name)) {
        bytes = ext4_acl_to_disk(value, bytes, stored, sizeof(stored));
        value = stored;
    }
    return putting(inode, ext4_xattr_set(inode, name, strlen(name), value, bytes, EXT4_XATTR_ANY));
}

static int number_of_attribute(int number)
{
    return number == ENOENT ? ENODATA : number;
}

static int library_remove_attribute(void *context, const char *path, const char *name)
{
    WITH_FILE(context, path, inode, status)

    return number_of_attribute(putting(inode, ext4_xattr_remove(inode, name, strlen(name))));
}

static int library_fsync(void *context, const char *path)
{
    WITH_FILE(context, path, inode, status)

    return putting(inode, ext4_fsync(inode));
}

static int library_sync(void *context)
{
    struct rig *rig = context;

    return number_of(ext4_sync(rig->fs));
}

static int library_hold(void *context, const char *path)
{
    static unsigned next;
    WITH_FILE(context, path, inode, status)

    if (held[next]) {
        ext4_inode_put(held[next]);
    }
    held[next] = inode;
    next = (next + 1) % HELD;
    return 0;
}

static void library_let_go(void *context)
{
    (void)context;
    for (unsigned i = 0; i < HELD; i++) {
        if (held[i]) {
            ext4_inode_put(held[i]);
            held[i] = NULL;
        }
    }
}

/* ---- looking ------------------------------------------------------------- */

static struct moment moment_of(struct ext4_time time)
{
    return (struct moment){time.seconds, time.nanoseconds};
}

static int library_facts(void *context, const char *path, struct facts *facts)
{
    struct ext4_attributes seen;
    WITH_FILE(context, path, inode, status)

    ext4_stat(inode, &seen);
    *facts = (struct facts){.inode = seen.inode,
                            .size = seen.size,
                            .sectors = seen.sectors,
                            .mode = seen.mode,
                            .links = seen.links,
                            .uid = seen.uid,
                            .gid = seen.gid,
                            .major = seen.device_major,
                            .minor = seen.device_minor,
                            .accessed = moment_of(seen.accessed),
                            .modified = moment_of(seen.modified),
                            .changed = moment_of(seen.changed),
                            .created = moment_of(seen.created)};
    return putting(inode, EXT4_OK);
}

struct taker {
    take_name *take;
    void *context;
};

static bool take_entry(void *context, const struct ext4_entry *entry)
{
    const struct taker *taker = context;
    char name[EXT4_NAME_MAX + 1];

    memcpy(name, entry->name, entry->length);
    name[entry->length] = 0;
    taker->take(taker->context, name);
    return true;
}

static int library_list(void *context, const char *path, take_name *take, void *taker)
{
    struct taker both = {take, taker};
    WITH_FILE(context, path, inode, status)

    return putting(inode, ext4_readdir(inode, 0, take_entry, &both));
}

static int library_read(void *context, const char *path, uint64_t offset, void *data, size_t bytes,
                        size_t *done)
{
    return number_of(rig_read(context, path, offset, data, bytes, done));
}

static int library_read_link(void *context, const char *path, char *target, size_t size,
                             size_t *length)
{
    WITH_FILE(context, path, inode, status)

    return putting(inode, ext4_readlink(inode, target, size, length));
}

static int library_seek(void *context, const char *path, bool hole, uint64_t offset,
                        uint64_t *result)
{
    int number;
    WITH_FILE(context, path, inode, status)

    number = putting(inode, ext4_seek(inode, hole, offset, result));
    return number == ENOENT ? ENXIO : number;
}

static void take_attribute(void *context, const char *prefix, const char *name, size_t length)
{
    const struct taker *taker = context;
    char whole[EXT4_NAME_MAX + 64];

    snprintf(whole, sizeof(whole), "%s%.*s", prefix, (int)length, name);
    taker->take(taker->context, whole);
}

static int library_list_attributes(void *context, const char *path, take_name *take, void *taker)
{
    struct taker both = {take, taker};
    WITH_FILE(context, path, inode, status)

    return putting(inode, ext4_xattr_list(inode, take_attribute, &both));
}

static int library_attribute(void *context, const char *path, const char *name, void *value,
                             size_t size, size_t *length)
{
    uint8_t stored[ACL_BYTES];
    int number;
    WITH_FILE(context, path, inode, status)

    number = putting(inode, ext4_xattr_get(inode, name, strlen(name), value, size, length));
    if (number == 0 && ext4_acl_is_name(name)) {
        memcpy(stored, value, *length < ACL_BYTES ? *length : ACL_BYTES);
        *length = ext4_acl_from_disk(stored, *length, value, size);
    }
    return number_of_attribute(number);
}

const struct files library_files = {
    .who = "lib/ext4",
    .make = library_make,
    .symlink = library_symlink,
    .link = library_link,
    .unlink = library_unlink,
    .rmdir = library_rmdir,
    .rename = library_rename,
    .write = library_write,
    .truncate = library_truncate,
    .allocate = library_allocate,
    .set_mode = library_set_mode,
    .set_owner = library_set_owner,
    .set_times = library_set_times,
    .set_attribute = library_set_attribute,
    .remove_attribute = library_remove_attribute,
    .fsync = library_fsync,
    .sync = library_sync,
    .hold = library_hold,
    .let_go = library_let_go,
    .facts = library_facts,
    .list = library_list,
    .read = library_read,
    .read_link = library_read_link,
    .seek = library_seek,
    .list_attributes = library_list_attributes,
    .attribute = library_attribute,
};
