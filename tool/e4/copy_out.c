// SPDX-License-Identifier: BSD-2-Clause
/* Copies from an image to this machine. */
#include "copy.h"

#include <ext4/acl.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ---- attributes ---------------------------------------------------------- */

/* What this machine does not let us set is said, and no failure. */
static void copy_xattrs(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    char *names = (char *)copier->chunk;
    uint8_t *value = copier->chunk + COPY_XATTR_BYTES;
    size_t end, bytes;
    enum ext4_status status = copy_list_xattrs(copier, inode, &end);

    for (size_t at = 0; at < end && status == EXT4_OK; at += strlen(names + at) + 1) {
        uint8_t *given = value;

        status =
            ext4_xattr_get(inode, names + at, strlen(names + at), value, COPY_XATTR_BYTES, &bytes);
        if (status == EXT4_OK && ext4_acl_is_name(names + at)) {
            given = value + COPY_XATTR_BYTES;
            bytes = ext4_acl_from_disk(value, bytes, given, COPY_XATTR_BYTES);
        }
        if (status == EXT4_OK && lsetxattr(path, names + at, given, bytes, 0) != 0) {
            complain("cp: %s: attribute %s not set: %s", path, names + at, strerror(errno));
        }
    }
    if (status != EXT4_OK) {
        copy_fail_image(copier, path, status);
    }
}

/* Owners only as far as we may. */
static void copy_attributes(struct copier *copier, struct ext4_inode *inode,
                            const struct ext4_attributes *attributes, const char *path)
{
    struct timespec times[2] = {
        {attributes->accessed.seconds, (long)attributes->accessed.nanoseconds},
        {attributes->modified.seconds, (long)attributes->modified.nanoseconds}};

    copy_xattrs(copier, inode, path);
    if (lchown(path, attributes->uid, attributes->gid) != 0 && geteuid() == 0) {
        copy_fail_here(copier, path);
    }
    if ((attributes->mode & EXT4_MODE_TYPE) != EXT4_MODE_SYMLINK &&
        chmod(path, attributes->mode & 07777) != 0) {
        copy_fail_here(copier, path);
    }
    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) != 0) {
        copy_fail_here(copier, path);
    }
}

/* ---- contents ------------------------------------------------------------ */

static enum ext4_status copy_run(struct copier *copier, struct ext4_inode *inode, int file,
                                 uint64_t data, uint64_t hole)
{
    size_t done;

    for (uint64_t at = data; at < hole; at += done) {
        size_t want = hole - at < COPY_CHUNK ? (size_t)(hole - at) : COPY_CHUNK;
        enum ext4_status status = ext4_read(inode, at, copier->chunk, want, &done);

        if (status != EXT4_OK) {
            return status;
        }
        if (done == 0 || pwrite(file, copier->chunk, done, (off_t)at) != (ssize_t)done) {
            return EXT4_IO;
        }
    }
    return EXT4_OK;
}

static enum ext4_status copy_runs(struct copier *copier, struct ext4_inode *inode, int file)
{
    uint64_t data, hole = 0;
    enum ext4_status status;

    while ((status = ext4_seek(inode, false, hole, &data)) == EXT4_OK) {
        status = ext4_seek(inode, true, data, &hole);
        status = status == EXT4_OK ? copy_run(copier, inode, file, data, hole) : status;
        if (status != EXT4_OK) {
            return status;
        }
    }
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

static void copy_file(struct copier *copier, struct ext4_inode *inode, uint64_t size,
                      const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum ext4_status status;

    if (file < 0) {
        copy_fail_here(copier, path);
        return;
    }
    status = copy_runs(copier, inode, file);
    if (status == EXT4_IO) {
        copy_fail_here(copier, path);
    } else if (status != EXT4_OK) {
        copy_fail_image(copier, path, status);
    }
    if (ftruncate(file, (off_t)size) != 0) {
        copy_fail_here(copier, path);
    }
    close(file);
}

static void copy_directory(struct copier *copier, const char *from, struct ext4_inode *inode,
                           const char *path)
{
    char below[PATH_MAX], from_below[PATH_MAX];
    struct names names;
    enum ext4_status status = names_read(inode, false, &names);

    if (status != EXT4_OK) {
        copy_fail_image(copier, from, status);
        return;
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        copy_fail_here(copier, path);
        names_free(&names);
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i].text;
        struct ext4_inode *child;

        /* A name from an image must not lead out of the folder. */
        if (is_dots(name, strlen(name)) || strchr(name, '/')) {
            copy_fail(copier, from, "has a name that cannot be here");
            continue;
        }
        copy_join(below, path, name);
        copy_join(from_below, from, name);
        status = ext4_lookup(inode, name, strlen(name), &child);
        if (status != EXT4_OK) {
            copy_fail_image(copier, from_below, status);
            continue;
        }
        copy_out(copier, from_below, child, below);
        ext4_inode_put(child);
    }
    names_free(&names);
}

static void copy_symlink(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    char target[PATH_MAX];
    size_t length;
    enum ext4_status status = ext4_readlink(inode, target, sizeof(target) - 1, &length);

    if (status != EXT4_OK) {
        copy_fail_image(copier, path, status);
        return;
    }
    target[length] = 0;
    if (symlink(target, path) != 0) {
        copy_fail_here(copier, path);
    }
}

/* ---- one thing ----------------------------------------------------------- */

/* One more name for what was copied before; true if there is such a thing. */
static bool link_to_seen(struct copier *copier, const struct ext4_attributes *attributes,
                         const char *path)
{
    struct seen *seen = copy_find_seen(copier, 0, attributes->inode);
    char *copy;

    if (seen) {
        unlink(path);
        if (link(seen->path, path) != 0) {
            copy_fail_here(copier, path);
        }
        return true;
    }
    copy = strdup(path);
    if (!copy) {
        exit(complain("out of memory"));
    }
    copy_remember(copier, 0, attributes->inode, 0, copy);
    return false;
}

/* True, after a complaint, for what must not be written. What stands in the way and is neither
 * directory nor regular file is removed. */
static bool is_blocked(struct copier *copier, const char *path, bool directory)
{
    const struct device *device = &copier->image->device;
    struct stat found;

    if (lstat(path, &found) != 0) {
        return false;
    }
    if (found.st_dev == device->on && found.st_ino == device->inode) {
        copy_fail(copier, path, "is the image itself");
        return true;
    }
    if (!directory && !S_ISDIR(found.st_mode) && !S_ISREG(found.st_mode)) {
        unlink(path);
    }
    return false;
}

void copy_out(struct copier *copier, const char *from, struct ext4_inode *inode, const char *path)
{
    struct ext4_attributes attributes;
    int before = copier->failures;
    bool directory;

    ext4_stat(inode, &attributes);
    directory = (attributes.mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY;
    if (directory && !copier->recursive) {
        copy_fail(copier, from, "is a directory; cp -r copies those");
        return;
    }
    if (is_blocked(copier, path, directory) ||
        (!directory && attributes.links > 1 && link_to_seen(copier, &attributes, path))) {
        return;
    }
    switch (attributes.mode & EXT4_MODE_TYPE) {
    case EXT4_MODE_DIRECTORY: copy_directory(copier, from, inode, path); break;
    case EXT4_MODE_FILE: copy_file(copier, inode, attributes.size, path); break;
    case EXT4_MODE_SYMLINK: copy_symlink(copier, inode, path); break;
    default:
        if (mknod(path, attributes.mode,
                  makedev(attributes.device_major, attributes.device_minor)) != 0) {
            copy_fail_here(copier, path);
        }
    }
    if (directory || copier->failures == before) {
        copy_attributes(copier, inode, &attributes, path);
    }
}
