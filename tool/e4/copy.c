// SPDX-License-Identifier: BSD-2-Clause
/* cp: what all directions share, and where things go. */
#include "copy.h"

#include "verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void copy_fail(struct copier *copier, const char *path, const char *why)
{
    complain("cp: %s: %s", path, why);
    copier->failures++;
}

void copy_fail_here(struct copier *copier, const char *path)
{
    copy_fail(copier, path, strerror(errno));
}

void copy_fail_image(struct copier *copier, const char *path, enum ext4_status status)
{
    copy_fail(copier, path, ext4_status_text(status));
}

void copy_join(char *to, const char *folder, const char *name)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";

    if (snprintf(to, PATH_MAX, "%s%s%s", folder, slash, name) >= PATH_MAX) {
        exit(complain("cp: %s: path too long", folder));
    }
}

void copy_start(struct copier *copier, struct image *image, bool recursive)
{
    *copier = (struct copier){.image = image, .recursive = recursive, .chunk = malloc(COPY_CHUNK)};
    if (!copier->chunk) {
        exit(complain("out of memory"));
    }
}

int copy_finish(struct copier *copier)
{
    while (copier->seen) {
        struct seen *next = copier->seen->next;

        free(copier->seen->path);
        free(copier->seen);
        copier->seen = next;
    }
    free(copier->chunk);
    return copier->failures ? 1 : 0;
}

struct seen *copy_find_seen(struct copier *copier, uint64_t device, uint64_t inode)
{
    struct seen *seen = copier->seen;

    while (seen && (seen->device != device || seen->inode != inode)) {
        seen = seen->next;
    }
    return seen;
}

void copy_remember(struct copier *copier, uint64_t device, uint64_t inode, uint32_t copy,
                   char *path)
{
    struct seen *seen = malloc(sizeof(*seen));

    if (!seen) {
        exit(complain("out of memory"));
    }
    *seen = (struct seen){device, inode, copy, path, copier->seen};
    copier->seen = seen;
}

/* ---- making things in the image -------------------------------------------- */

static enum ext4_status create(struct ext4_inode *dir, const char *name, size_t length,
                               const struct ext4_attributes *attributes, const char *target,
                               struct ext4_inode **inode)
{
    struct ext4_owner owner = {attributes->uid, attributes->gid};

    if (target) {
        return ext4_symlink(dir, name, length, target, strlen(target), owner, inode);
    }
    return ext4_create(dir, name, length, attributes->mode, owner, attributes->device_major,
                       attributes->device_minor, inode);
}

/* What is there becomes what is wanted, if it can. EXT4_NOT_FOUND: it is out of the way. */
static enum ext4_status take_over(struct ext4_inode *dir, const char *name, size_t length,
                                  uint32_t type, struct ext4_inode **inode)
{
    struct ext4_attributes there;
    enum ext4_status status = ext4_lookup(dir, name, length, inode);
    uint32_t type_there;

    if (status != EXT4_OK) {
        return status;
    }
    ext4_stat(*inode, &there);
    type_there = there.mode & EXT4_MODE_TYPE;
    if (type == EXT4_MODE_DIRECTORY && type_there == EXT4_MODE_DIRECTORY) {
        return EXT4_OK;
    }
    if (type == EXT4_MODE_FILE && type_there == EXT4_MODE_FILE) {
        status = ext4_truncate(*inode, 0);
    } else if (type == EXT4_MODE_DIRECTORY || type_there == EXT4_MODE_DIRECTORY) {
        status = type_there == EXT4_MODE_DIRECTORY ? EXT4_IS_DIRECTORY : EXT4_NOT_DIRECTORY;
    } else {
        status = ext4_unlink(dir, name, length);
        status = status == EXT4_OK ? EXT4_NOT_FOUND : status;
    }
    if (status != EXT4_OK) {
        ext4_inode_put(*inode);
    }
    return status;
}

enum ext4_status copy_make(struct ext4_inode *dir, const char *name, size_t length,
                           const struct ext4_attributes *attributes, const char *target,
                           struct ext4_inode **inode)
{
    uint32_t type = attributes->mode & EXT4_MODE_TYPE;
    enum ext4_status status;

    if (type == EXT4_MODE_DIRECTORY && is_dots(name, length)) {
        return ext4_lookup(dir, ".", 1, inode); /* into it, not beside it */
    }
    if (type != EXT4_MODE_DIRECTORY && name[length] == '/') {
        return EXT4_NOT_DIRECTORY;
    }
    status = take_over(dir, name, length, type, inode);
    return status == EXT4_NOT_FOUND ? create(dir, name, length, attributes, target, inode) : status;
}

enum ext4_status copy_link(struct copier *copier, struct ext4_inode *dir, const char *name,
                           size_t length, uint32_t number)
{
    struct ext4_inode *inode, *there;
    enum ext4_status status = ext4_inode_get(copier->image->fs, number, &inode);
    bool done = false;

    if (status != EXT4_OK) {
        return status;
    }
    status = ext4_lookup(dir, name, length, &there);
    if (status == EXT4_OK) {
        done = there == inode;
        ext4_inode_put(there);
        status = done ? EXT4_OK : ext4_unlink(dir, name, length);
    }
    if ((status == EXT4_OK && !done) || status == EXT4_NOT_FOUND) {
        status = ext4_link(dir, name, length, inode);
    }
    ext4_inode_put(inode);
    return status;
}

enum ext4_status copy_set_attributes(struct ext4_inode *inode,
                                     const struct ext4_attributes *attributes)
{
    return ext4_set_attributes(
        inode, EXT4_SET_MODE | EXT4_SET_UID | EXT4_SET_GID | EXT4_SET_ACCESSED | EXT4_SET_MODIFIED,
        attributes);
}

/* ---- attributes of the image ----------------------------------------------- */

struct listing {
    char *names;
    size_t used;
};

static void take_xattr(void *context, const char *prefix, const char *name, size_t length)
{
    struct listing *listing = context;
    size_t need = strlen(prefix) + length + 1;

    if (listing->used + need < COPY_XATTR_BYTES) {
        sprintf(listing->names + listing->used, "%s%.*s", prefix, (int)length, name);
        listing->used += need;
    }
}

enum ext4_status copy_list_xattrs(struct copier *copier, struct ext4_inode *inode, size_t *bytes)
{
    struct listing listing = {(char *)copier->chunk, 0};
    enum ext4_status status = ext4_xattr_list(inode, take_xattr, &listing);

    *bytes = listing.used;
    return status;
}

/* ---- where things go ------------------------------------------------------- */

static enum ext4_status find_source(struct copier *copier, const char *from,
                                    struct ext4_inode **inode)
{
    return image_find(copier->image, from, !copier->recursive, inode);
}

static void one_in(struct copier *copier, const char *from, const char *to, bool several)
{
    struct ext4_inode *dir;
    const char *name;
    size_t length;
    enum ext4_status status =
        image_find_target(copier->image, from, to, several, &dir, &name, &length);

    if (status != EXT4_OK) {
        copy_fail_image(copier, to, status);
        return;
    }
    copy_in(copier, from, dir, name, length);
    ext4_inode_put(dir);
}

static void one_inside(struct copier *copier, const char *from, const char *to, bool several)
{
    struct ext4_inode *inode, *dir;
    const char *name;
    size_t length;
    enum ext4_status status = find_source(copier, from, &inode);

    if (status != EXT4_OK) {
        copy_fail_image(copier, from, status);
        return;
    }
    status = image_find_target(copier->image, from, to, several, &dir, &name, &length);
    if (status != EXT4_OK) {
        copy_fail_image(copier, to, status);
    } else {
        copy_inside(copier, from, inode, dir, name, length);
        ext4_inode_put(dir);
    }
    ext4_inode_put(inode);
}

static void one_out(struct copier *copier, const char *from, const char *to, bool several)
{
    struct ext4_inode *inode;
    char path[PATH_MAX], name[NAME_MAX + 1];
    struct stat stat_to;
    size_t length;
    const char *last = last_name(from, &length);
    bool directory = stat(to, &stat_to) == 0 && S_ISDIR(stat_to.st_mode);
    enum ext4_status status = find_source(copier, from, &inode);

    if (status != EXT4_OK) {
        copy_fail_image(copier, from, status);
        return;
    }
    snprintf(path, sizeof(path), "%s", to);
    if (directory && !is_dots(last, length)) {
        snprintf(name, sizeof(name), "%.*s", (int)length, last);
        copy_join(path, to, name);
    }
    if (several && !directory) {
        errno = ENOTDIR;
        copy_fail_here(copier, to);
    } else {
        copy_out(copier, from, inode, path);
    }
    ext4_inode_put(inode);
}

static void one(struct copier *copier, const char *from, const char *to, bool several)
{
    if (from[0] == ':' && to[0] == ':') {
        one_inside(copier, from, to, several);
    } else if (to[0] == ':') {
        one_in(copier, from, to, several);
    } else if (from[0] == ':') {
        one_out(copier, from, to, several);
    } else {
        complain("cp: %s and %s: neither is in the image; what is begins with a colon", from, to);
        copier->failures++;
    }
}

int verb_cp(struct words *words)
{
    bool set[128] = {false};
    struct copier copier;

    if (!take_options(words, "r", "cp", set)) {
        return 2;
    }
    copy_start(&copier, words->image, set['r']);
    for (int i = 0; i + 1 < words->count; i++) {
        one(&copier, words->items[i], words->items[words->count - 1], words->count > 2);
    }
    return copy_finish(&copier);
}
