// SPDX-License-Identifier: BSD-2-Clause
/* Copies from this machine into an image. */
#include "copy.h"
#include "verbs.h"

#include <ext4/acl.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static void copy_xattrs(struct copier *copier, const char *path, struct ext4_inode *inode)
{
    char *names = (char *)copier->chunk;
    uint8_t *value = copier->chunk + COPY_XATTR_BYTES;
    ssize_t length = llistxattr(path, names, COPY_XATTR_BYTES);

    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t bytes = lgetxattr(path, names + at, value, COPY_XATTR_BYTES);
        const uint8_t *stored = value;
        enum ext4_status status;

        if (bytes < 0) {
            continue; /* gone, or not for us to read */
        }
        if (ext4_acl_is_name(names + at)) {
            stored = value + COPY_XATTR_BYTES;
            bytes = (ssize_t)ext4_acl_to_disk(value, (size_t)bytes, value + COPY_XATTR_BYTES,
                                              COPY_XATTR_BYTES);
        }
        status = ext4_xattr_set(inode, names + at, strlen(names + at), stored, (size_t)bytes,
                                EXT4_XATTR_ANY);
        if (status != EXT4_OK) {
            complain("cp: %s: attribute %s: %s", path, names + at, ext4_status_text(status));
            copier->failures++;
        }
    }
}

/* ---- contents ------------------------------------------------------------ */

/* Holes stay holes. What the file system calls data lies in [data, hole). */
static enum ext4_status copy_run(struct copier *copier, int file, off_t data, off_t hole,
                                 struct ext4_inode *inode)
{
    size_t done;

    for (off_t at = data; at < hole; at += (off_t)done) {
        size_t want = hole - at < COPY_CHUNK ? (size_t)(hole - at) : COPY_CHUNK;
        ssize_t got = pread(file, copier->chunk, want, at);
        enum ext4_status status;

        if (got <= 0) {
            return EXT4_IO;
        }
        status = ext4_write(inode, (uint64_t)at, copier->chunk, (size_t)got, &done);
        if (status != EXT4_OK) {
            return status;
        }
    }
    return EXT4_OK;
}

static enum ext4_status copy_runs(struct copier *copier, int file, off_t size,
                                  struct ext4_inode *inode)
{
    off_t data, hole = 0;

    while (hole < size && (data = lseek(file, hole, SEEK_DATA)) >= 0 && data < size) {
        enum ext4_status status;

        hole = lseek(file, data, SEEK_HOLE);
        hole = hole < 0 || hole > size ? size : hole;
        status = copy_run(copier, file, data, hole, inode);
        if (status != EXT4_OK) {
            return status;
        }
    }
    return ext4_truncate(inode, (uint64_t)size);
}

static void copy_content(struct copier *copier, const char *path, off_t size,
                         struct ext4_inode *inode)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    enum ext4_status status;

    if (file < 0) {
        copy_fail_here(copier, path);
        return;
    }
    status = copy_runs(copier, file, size, inode);
    if (status != EXT4_OK) {
        copy_fail_image(copier, path, status);
    }
    close(file);
}

static void copy_folder(struct copier *copier, const char *path, struct ext4_inode *inode)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    char below[PATH_MAX];

    if (count < 0) {
        copy_fail_here(copier, path);
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (!is_dots(name, strlen(name))) {
            copy_join(below, path, name);
            copy_in(copier, below, inode, name, strlen(name));
        }
        free(entries[i]);
    }
    free(entries);
}

/* ---- one thing ----------------------------------------------------------- */

static struct ext4_attributes attributes_of(const struct stat *stat)
{
    return (struct ext4_attributes){
        .mode = stat->st_mode,
        .uid = stat->st_uid,
        .gid = stat->st_gid,
        .device_major = major(stat->st_rdev),
        .device_minor = minor(stat->st_rdev),
        .accessed = {stat->st_atim.tv_sec, (uint32_t)stat->st_atim.tv_nsec},
        .modified = {stat->st_mtim.tv_sec, (uint32_t)stat->st_mtim.tv_nsec},
    };
}

static enum ext4_status make(const char *path, const struct ext4_attributes *attributes,
                             struct ext4_inode *dir, const char *name, size_t length,
                             struct ext4_inode **inode)
{
    char target[PATH_MAX];
    ssize_t bytes;

    if ((attributes->mode & EXT4_MODE_TYPE) != EXT4_MODE_SYMLINK) {
        return copy_make(dir, name, length, attributes, NULL, inode);
    }
    bytes = readlink(path, target, sizeof(target) - 1);
    if (bytes <= 0) {
        return EXT4_IO;
    }
    target[bytes] = 0;
    return copy_make(dir, name, length, attributes, target, inode);
}

static void fill(struct copier *copier, const char *path, const struct stat *stat,
                 struct ext4_inode *inode)
{
    struct ext4_attributes attributes = attributes_of(stat);
    enum ext4_status status;

    if (S_ISREG(stat->st_mode)) {
        copy_content(copier, path, stat->st_size, inode);
    } else if (S_ISDIR(stat->st_mode)) {
        copy_folder(copier, path, inode);
    }
    copy_xattrs(copier, path, inode);
    status = copy_set_attributes(inode, &attributes);
    if (status != EXT4_OK) {
        copy_fail_image(copier, path, status);
    }
}

/* True, after a complaint, for what cannot be copied. */
static bool is_impossible(struct copier *copier, const char *path, const struct stat *stat)
{
    const struct device *device = &copier->image->device;

    if (S_ISDIR(stat->st_mode) && !copier->recursive) {
        copy_fail(copier, path, "is a directory; cp -r copies those");
        return true;
    }
    if (stat->st_dev == device->on && stat->st_ino == device->inode) {
        complain("cp: %s: is the image itself, left out", path);
        return true;
    }
    return false;
}

void copy_in(struct copier *copier, const char *path, struct ext4_inode *dir, const char *name,
             size_t length)
{
    struct ext4_attributes attributes;
    struct ext4_inode *inode;
    enum ext4_status status;
    struct stat found;
    struct seen *seen;
    bool linked;

    if ((copier->recursive ? lstat : stat)(path, &found) != 0) {
        copy_fail_here(copier, path);
        return;
    }
    if (is_impossible(copier, path, &found)) {
        return;
    }
    attributes = attributes_of(&found);
    linked = found.st_nlink > 1 && !S_ISDIR(found.st_mode);
    seen = linked ? copy_find_seen(copier, found.st_dev, found.st_ino) : NULL;
    status = seen ? copy_link(copier, dir, name, length, seen->copy)
                  : make(path, &attributes, dir, name, length, &inode);
    if (status != EXT4_OK) {
        copy_fail_image(copier, path, status);
    } else if (!seen) {
        if (linked) {
            copy_remember(copier, found.st_dev, found.st_ino, ext4_inode_number(inode), NULL);
        }
        fill(copier, path, &found, inode);
        ext4_inode_put(inode);
    }
}

int copy_tree_in(struct image *image, const char *from)
{
    struct ext4_inode *root;
    struct copier copier;
    struct stat found;
    enum ext4_status status = ext4_inode_get(image->fs, EXT4_ROOT, &root);

    copy_start(&copier, image, true);
    if (status != EXT4_OK) {
        copy_fail_image(&copier, ":/", status);
    } else if (stat(from, &found) != 0) {
        copy_fail_here(&copier, from);
    } else {
        fill(&copier, from, &found, root);
    }
    if (status == EXT4_OK) {
        ext4_inode_put(root);
    }
    return copy_finish(&copier);
}
