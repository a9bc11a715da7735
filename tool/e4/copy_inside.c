// SPDX-License-Identifier: BSD-2-Clause
/* Copies within an image. */
#include "copy.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static enum ext4_status copy_xattrs(struct copier *copier, struct ext4_inode *from,
                                    struct ext4_inode *to)
{
    char *names = (char *)copier->chunk;
    uint8_t *value = copier->chunk + COPY_XATTR_BYTES;
    size_t end, bytes;
    enum ext4_status status = copy_list_xattrs(copier, from, &end);

    for (size_t at = 0; at < end && status == EXT4_OK; at += strlen(names + at) + 1) {
        size_t length = strlen(names + at);

        status = ext4_xattr_get(from, names + at, length, value, COPY_XATTR_BYTES, &bytes);
        if (status == EXT4_OK) {
            status = ext4_xattr_set(to, names + at, length, value, bytes, EXT4_XATTR_ANY);
        }
    }
    return status;
}

/* ---- contents ------------------------------------------------------------ */

static enum ext4_status copy_run(struct copier *copier, struct ext4_inode *from,
                                 struct ext4_inode *to, uint64_t data, uint64_t hole)
{
    size_t done;

    for (uint64_t at = data; at < hole; at += done) {
        size_t want = hole - at < COPY_CHUNK ? (size_t)(hole - at) : COPY_CHUNK, got;
        enum ext4_status status = ext4_read(from, at, copier->chunk, want, &got);

        if (status == EXT4_OK) {
            status = ext4_write(to, at, copier->chunk, got, &done);
        }
        if (status != EXT4_OK) {
            return status;
        }
    }
    return EXT4_OK;
}

/* Holes stay holes. */
static enum ext4_status copy_content(struct copier *copier, struct ext4_inode *from,
                                     struct ext4_inode *to, uint64_t size)
{
    uint64_t data, hole = 0;
    enum ext4_status status;

    while ((status = ext4_seek(from, false, hole, &data)) == EXT4_OK) {
        status = ext4_seek(from, true, data, &hole);
        status = status == EXT4_OK ? copy_run(copier, from, to, data, hole) : status;
        if (status != EXT4_OK) {
            return status;
        }
    }
    return status == EXT4_NOT_FOUND ? ext4_truncate(to, size) : status;
}

static void copy_directory(struct copier *copier, const char *from, struct ext4_inode *inode,
                           struct ext4_inode *to)
{
    char below[PATH_MAX];
    struct names names;
    enum ext4_status status = names_read(inode, false, &names);

    if (status != EXT4_OK) {
        copy_fail_image(copier, from, status);
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i].text;
        struct ext4_inode *child;

        copy_join(below, from, name);
        status = ext4_lookup(inode, name, strlen(name), &child);
        if (status != EXT4_OK) {
            copy_fail_image(copier, below, status);
            continue;
        }
        copy_inside(copier, below, child, to, name, strlen(name));
        ext4_inode_put(child);
    }
    names_free(&names);
}

/* ---- one thing ----------------------------------------------------------- */

static enum ext4_status make(struct ext4_inode *inode, const struct ext4_attributes *attributes,
                             struct ext4_inode *dir, const char *name, size_t length,
                             struct ext4_inode **made)
{
    char target[PATH_MAX];
    size_t bytes;
    enum ext4_status status;

    if ((attributes->mode & EXT4_MODE_TYPE) != EXT4_MODE_SYMLINK) {
        return copy_make(dir, name, length, attributes, NULL, made);
    }
    status = ext4_readlink(inode, target, sizeof(target) - 1, &bytes);
    if (status != EXT4_OK) {
        return status;
    }
    target[bytes] = 0;
    return copy_make(dir, name, length, attributes, target, made);
}

static void fill(struct copier *copier, const char *from, struct ext4_inode *inode,
                 const struct ext4_attributes *attributes, struct ext4_inode *made)
{
    enum ext4_status status = EXT4_OK;

    if ((attributes->mode & EXT4_MODE_TYPE) == EXT4_MODE_FILE) {
        status = copy_content(copier, inode, made, attributes->size);
    } else if ((attributes->mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY) {
        copy_directory(copier, from, inode, made);
    }
    status = status == EXT4_OK ? copy_xattrs(copier, inode, made) : status;
    status = status == EXT4_OK ? copy_set_attributes(made, attributes) : status;
    if (status != EXT4_OK) {
        copy_fail_image(copier, from, status);
    }
}

/* Whether `dir` is `inode` or below it: then a copy would copy itself. */
static bool is_below(struct copier *copier, uint32_t dir, uint32_t inode)
{
    while (dir != inode && dir != EXT4_ROOT) {
        struct ext4_inode *at, *up;

        if (ext4_inode_get(copier->image->fs, dir, &at) != EXT4_OK) {
            return false;
        }
        if (ext4_lookup(at, "..", 2, &up) != EXT4_OK) {
            ext4_inode_put(at);
            return false;
        }
        dir = ext4_inode_number(up);
        ext4_inode_put(up);
        ext4_inode_put(at);
    }
    return dir == inode;
}

/* True, after a complaint, for what cannot be copied. */
static bool is_impossible(struct copier *copier, const char *from,
                          const struct ext4_attributes *attributes, struct ext4_inode *dir,
                          const char *name, size_t length)
{
    bool directory = (attributes->mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY;
    struct ext4_inode *there;
    bool same;

    if (directory && !copier->recursive) {
        copy_fail(copier, from, "is a directory; cp -r copies those");
        return true;
    }
    if (directory && is_below(copier, ext4_inode_number(dir), attributes->inode)) {
        copy_fail(copier, from, "cannot be copied into itself");
        return true;
    }
    if (ext4_lookup(dir, name, length, &there) != EXT4_OK) {
        return false;
    }
    same = ext4_inode_number(there) == attributes->inode;
    ext4_inode_put(there);
    if (same) {
        copy_fail(copier, from, "is the same file");
    }
    return same;
}

void copy_inside(struct copier *copier, const char *from, struct ext4_inode *inode,
                 struct ext4_inode *dir, const char *name, size_t length)
{
    struct ext4_attributes attributes;
    struct ext4_inode *made;
    enum ext4_status status;
    struct seen *seen;
    bool linked;

    ext4_stat(inode, &attributes);
    if (is_impossible(copier, from, &attributes, dir, name, length)) {
        return;
    }
    linked = attributes.links > 1 && (attributes.mode & EXT4_MODE_TYPE) != EXT4_MODE_DIRECTORY;
    seen = linked ? copy_find_seen(copier, 0, attributes.inode) : NULL;
    status = seen ? copy_link(copier, dir, name, length, seen->copy)
                  : make(inode, &attributes, dir, name, length, &made);
    if (status != EXT4_OK) {
        copy_fail_image(copier, from, status);
    } else if (!seen) {
        if (linked) {
            copy_remember(copier, 0, attributes.inode, ext4_inode_number(made), NULL);
        }
        fill(copier, from, inode, &attributes, made);
        ext4_inode_put(made);
    }
}
