// SPDX-License-Identifier: BSD-2-Clause
/* Copies between this machine and an image, in both directions, with modes, owners, times, symbolic
 * links, hard links, special files and extended attributes. */
#include "verbs.h"

#include <dirent.h>
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

enum { CHUNK = 1 << 20, XATTR_BYTES = 65536 };

/* Files with several names that were copied already. */
struct seen {
    dev_t device;
    ino_t inode;
    uint32_t copy;
    struct seen *next;
};

struct copier {
    struct image *image;
    bool recursive;
    int failures;
    uint8_t *chunk;
    struct seen *seen;
};

static void fail_here(struct copier *copier, const char *path)
{
    complain("cp: %s: %s", path, strerror(errno));
    copier->failures++;
}

static void fail_image(struct copier *copier, const char *path, enum ext4_status status)
{
    complain("cp: %s: %s", path, ext4_status_text(status));
    copier->failures++;
}

static void join(char *to, const char *folder, const char *name)
{
    if (snprintf(to, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) {
        exit(complain("cp: %s: path too long", folder));
    }
}

/* ---- in ------------------------------------------------------------------ */

static void copy_xattrs_in(struct copier *copier, const char *path, struct ext4_inode *inode)
{
    char *names = (char *)copier->chunk;
    uint8_t *value = copier->chunk + XATTR_BYTES;
    ssize_t length = llistxattr(path, names, XATTR_BYTES);

    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t bytes = lgetxattr(path, names + at, value, XATTR_BYTES);
        enum ext4_status status;

        if (bytes < 0) {
            continue; /* gone, or not for us to read */
        }
        status = ext4_xattr_set(inode, names + at, strlen(names + at), value, (size_t)bytes,
                                EXT4_XATTR_ANY);
        if (status != EXT4_OK) {
            fail_image(copier, path, status);
        }
    }
}

static void copy_attributes_in(struct copier *copier, const char *path, const struct stat *stat,
                               struct ext4_inode *inode)
{
    struct ext4_attributes values = {
        .mode = stat->st_mode,
        .uid = stat->st_uid,
        .gid = stat->st_gid,
        .accessed = {stat->st_atim.tv_sec, (uint32_t)stat->st_atim.tv_nsec},
        .modified = {stat->st_mtim.tv_sec, (uint32_t)stat->st_mtim.tv_nsec},
    };
    unsigned which = EXT4_SET_UID | EXT4_SET_GID | EXT4_SET_ACCESSED | EXT4_SET_MODIFIED;
    enum ext4_status status;

    copy_xattrs_in(copier, path, inode);
    status = ext4_set_attributes(inode, which | EXT4_SET_MODE, &values);
    if (status != EXT4_OK) {
        fail_image(copier, path, status);
    }
}

/* Holes stay holes. */
static enum ext4_status copy_part_in(struct copier *copier, int file, off_t *at, off_t size,
                                     struct ext4_inode *inode)
{
    off_t data = lseek(file, *at, SEEK_DATA), hole;
    size_t done;

    if (data < 0) {
        *at = size;
        return EXT4_OK;
    }
    hole = lseek(file, data, SEEK_HOLE);
    for (*at = data; *at < hole; *at += (off_t)done) {
        size_t want = hole - *at < CHUNK ? (size_t)(hole - *at) : CHUNK;
        ssize_t got = pread(file, copier->chunk, want, *at);
        enum ext4_status status;

        if (got <= 0) {
            return EXT4_IO;
        }
        status = ext4_write(inode, (uint64_t)*at, copier->chunk, (size_t)got, &done);
        if (status != EXT4_OK) {
            return status;
        }
    }
    return EXT4_OK;
}

static void copy_content_in(struct copier *copier, const char *path, const struct stat *stat,
                            struct ext4_inode *inode)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    enum ext4_status status = EXT4_OK;

    if (file < 0) {
        fail_here(copier, path);
        return;
    }
    for (off_t at = 0; at < stat->st_size && status == EXT4_OK;) {
        status = copy_part_in(copier, file, &at, stat->st_size, inode);
    }
    if (status == EXT4_OK) {
        status = ext4_truncate(inode, (uint64_t)stat->st_size);
    }
    if (status != EXT4_OK) {
        fail_image(copier, path, status);
    }
    close(file);
}

static void copy_in(struct copier *copier, const char *path, struct ext4_inode *dir,
                    const char *name, size_t length);

static void copy_folder_in(struct copier *copier, const char *path, struct ext4_inode *inode)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    char below[PATH_MAX];

    if (count < 0) {
        fail_here(copier, path);
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            join(below, path, name);
            copy_in(copier, below, inode, name, strlen(name));
        }
        free(entries[i]);
    }
    free(entries);
}

static struct seen *find_seen(struct copier *copier, const struct stat *stat)
{
    struct seen *seen = copier->seen;

    while (seen && (seen->device != stat->st_dev || seen->inode != stat->st_ino)) {
        seen = seen->next;
    }
    return seen;
}

static void remember(struct copier *copier, const struct stat *stat, uint32_t copy)
{
    struct seen *seen = malloc(sizeof(*seen));

    if (!seen) {
        exit(complain("out of memory"));
    }
    *seen = (struct seen){stat->st_dev, stat->st_ino, copy, copier->seen};
    copier->seen = seen;
}

/* One more name for what was copied before; true if there is such a thing. */
static bool link_in(struct copier *copier, const char *path, const struct stat *stat,
                    struct ext4_inode *dir, const char *name, size_t length)
{
    struct seen *seen =
        S_ISDIR(stat->st_mode) || stat->st_nlink < 2 ? NULL : find_seen(copier, stat);
    struct ext4_inode *inode;
    enum ext4_status status;

    if (!seen) {
        return false;
    }
    status = ext4_inode_get(copier->image->fs, seen->copy, &inode);
    if (status == EXT4_OK) {
        status = ext4_link(dir, name, length, inode);
        ext4_inode_put(inode);
    }
    if (status != EXT4_OK) {
        fail_image(copier, path, status);
    }
    return true;
}

/* An existing directory or regular file is used; anything else in the way is an error. */
static enum ext4_status make_in(struct ext4_inode *dir, const char *name, size_t length,
                                const char *path, const struct stat *stat,
                                struct ext4_inode **inode)
{
    struct ext4_owner owner = {stat->st_uid, stat->st_gid};
    struct ext4_attributes attributes;
    char target[PATH_MAX];
    enum ext4_status status;
    ssize_t bytes;

    if (S_ISLNK(stat->st_mode)) {
        bytes = readlink(path, target, sizeof(target));
        return bytes <= 0 ? EXT4_IO
                          : ext4_symlink(dir, name, length, target, (size_t)bytes, owner, inode);
    }
    status = ext4_create(dir, name, length, stat->st_mode, owner, major(stat->st_rdev),
                         minor(stat->st_rdev), inode);
    if (status != EXT4_EXISTS || ext4_lookup(dir, name, length, inode) != EXT4_OK) {
        return status;
    }
    ext4_stat(*inode, &attributes);
    if ((attributes.mode ^ stat->st_mode) & EXT4_MODE_TYPE ||
        !(S_ISDIR(stat->st_mode) || S_ISREG(stat->st_mode))) {
        ext4_inode_put(*inode);
        return EXT4_EXISTS;
    }
    return EXT4_OK;
}

static void copy_in(struct copier *copier, const char *path, struct ext4_inode *dir,
                    const char *name, size_t length)
{
    struct ext4_inode *inode;
    enum ext4_status status;
    struct stat stat;

    if (lstat(path, &stat) != 0) {
        fail_here(copier, path);
        return;
    }
    if (S_ISDIR(stat.st_mode) && !copier->recursive) {
        complain("cp: %s is a directory; cp -r copies those", path);
        copier->failures++;
        return;
    }
    if (link_in(copier, path, &stat, dir, name, length)) {
        return;
    }
    status = make_in(dir, name, length, path, &stat, &inode);
    if (status != EXT4_OK) {
        fail_image(copier, path, status);
        return;
    }
    if (!S_ISDIR(stat.st_mode) && stat.st_nlink > 1) {
        remember(copier, &stat, ext4_inode_number(inode));
    }
    if (S_ISREG(stat.st_mode)) {
        copy_content_in(copier, path, &stat, inode);
    } else if (S_ISDIR(stat.st_mode)) {
        copy_folder_in(copier, path, inode);
    }
    copy_attributes_in(copier, path, &stat, inode);
    ext4_inode_put(inode);
}

/* ---- out ----------------------------------------------------------------- */

struct xattr_target {
    struct copier *copier;
    struct ext4_inode *inode;
    const char *path;
    char *names; /* one after the other, ended by an empty one */
    size_t used;
};

static void take_xattr(void *context, const char *prefix, const char *name, size_t length)
{
    struct xattr_target *target = context;
    size_t need = strlen(prefix) + length + 1;

    if (target->used + need + 1 < XATTR_BYTES) {
        sprintf(target->names + target->used, "%s%.*s", prefix, (int)length, name);
        target->used += need;
    }
}

static void copy_xattrs_out(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    struct xattr_target target = {copier, inode, path, (char *)copier->chunk, 0};
    uint8_t *value = copier->chunk + XATTR_BYTES;
    enum ext4_status status = ext4_xattr_list(inode, take_xattr, &target);
    size_t bytes;

    for (size_t at = 0; at < target.used && status == EXT4_OK;
         at += strlen(target.names + at) + 1) {
        status = ext4_xattr_get(inode, target.names + at, strlen(target.names + at), value,
                                XATTR_BYTES, &bytes);
        if (status == EXT4_OK && lsetxattr(path, target.names + at, value, bytes, 0) != 0) {
            complain("cp: %s: attribute %s not set: %s", path, target.names + at, strerror(errno));
        }
    }
    if (status != EXT4_OK) {
        fail_image(copier, path, status);
    }
}

/* Owners only as far as we may. */
static void copy_attributes_out(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    struct ext4_attributes attributes;
    struct timespec times[2];

    ext4_stat(inode, &attributes);
    times[0] =
        (struct timespec){attributes.accessed.seconds, (long)attributes.accessed.nanoseconds};
    times[1] =
        (struct timespec){attributes.modified.seconds, (long)attributes.modified.nanoseconds};
    copy_xattrs_out(copier, inode, path);
    if (lchown(path, attributes.uid, attributes.gid) != 0 && geteuid() == 0) {
        fail_here(copier, path);
    }
    if ((attributes.mode & EXT4_MODE_TYPE) != EXT4_MODE_SYMLINK &&
        chmod(path, attributes.mode & 07777) != 0) {
        fail_here(copier, path);
    }
    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) != 0) {
        fail_here(copier, path);
    }
}

static enum ext4_status copy_runs_out(struct copier *copier, struct ext4_inode *inode, int file)
{
    uint64_t at = 0, data;
    enum ext4_status status;
    size_t done;

    while ((status = ext4_seek(inode, false, at, &data)) == EXT4_OK) {
        uint64_t hole;

        status = ext4_seek(inode, true, data, &hole);
        for (at = data; status == EXT4_OK && at < hole; at += done) {
            status =
                ext4_read(inode, at, copier->chunk, hole - at < CHUNK ? hole - at : CHUNK, &done);
            if (status == EXT4_OK &&
                (done == 0 || pwrite(file, copier->chunk, done, (off_t)at) != (ssize_t)done)) {
                status = EXT4_IO;
            }
        }
        if (status != EXT4_OK) {
            return status;
        }
    }
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

static void copy_file_out(struct copier *copier, struct ext4_inode *inode, uint64_t size,
                          const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum ext4_status status;

    if (file < 0) {
        fail_here(copier, path);
        return;
    }
    status = copy_runs_out(copier, inode, file);
    if (status != EXT4_OK) {
        fail_image(copier, path, status);
    }
    if (ftruncate(file, (off_t)size) != 0) {
        fail_here(copier, path);
    }
    close(file);
}

static void copy_out(struct copier *copier, struct ext4_inode *inode, const char *path);

/* A name from an image must not lead out of the folder. */
static bool is_harmless(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void copy_directory_out(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    struct names names;
    enum ext4_status status = names_read(inode, false, &names);
    char below[PATH_MAX];

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        fail_here(copier, path);
        names_free(&names);
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        struct ext4_inode *child;

        if (!is_harmless(names.items[i].text)) {
            complain("cp: %s: a name that cannot be here", path);
            copier->failures++;
            continue;
        }
        join(below, path, names.items[i].text);
        status = ext4_lookup(inode, names.items[i].text, strlen(names.items[i].text), &child);
        if (status != EXT4_OK) {
            fail_image(copier, below, status);
            continue;
        }
        copy_out(copier, child, below);
        ext4_inode_put(child);
    }
    names_free(&names);
}

static void copy_link_out(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    char target[PATH_MAX];
    size_t length;
    enum ext4_status status = ext4_readlink(inode, target, sizeof(target) - 1, &length);

    if (status != EXT4_OK) {
        fail_image(copier, path, status);
        return;
    }
    target[length] = 0;
    if (symlink(target, path) != 0) {
        fail_here(copier, path);
    }
}

static void copy_out(struct copier *copier, struct ext4_inode *inode, const char *path)
{
    struct ext4_attributes attributes;
    int before = copier->failures;

    ext4_stat(inode, &attributes);
    switch (attributes.mode & EXT4_MODE_TYPE) {
    case EXT4_MODE_DIRECTORY:
        if (!copier->recursive) {
            complain("cp: %s is a directory; cp -r copies those", path);
            copier->failures++;
            return;
        }
        copy_directory_out(copier, inode, path);
        break;
    case EXT4_MODE_FILE: copy_file_out(copier, inode, attributes.size, path); break;
    case EXT4_MODE_SYMLINK: copy_link_out(copier, inode, path); break;
    default:
        if (mknod(path, attributes.mode,
                  makedev(attributes.device_major, attributes.device_minor)) != 0) {
            fail_here(copier, path);
        }
    }
    if (copier->failures == before) {
        copy_attributes_out(copier, inode, path);
    }
}

/* ---- cp ------------------------------------------------------------------ */

static void one_in(struct copier *copier, const char *from, const char *to)
{
    struct ext4_inode *dir;
    struct ext4_attributes attributes;
    const char *name;
    size_t length;
    enum ext4_status status = image_find(copier->image, to, true, &dir);

    if (status == EXT4_OK) {
        ext4_stat(dir, &attributes);
        if ((attributes.mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY) {
            name = last_name(from, &length);
        } else {
            ext4_inode_put(dir);
            status = EXT4_NOT_DIRECTORY;
        }
    }
    if (status != EXT4_OK) {
        status = image_find_parent(copier->image, to, &dir, &name, &length);
    }
    if (status != EXT4_OK) {
        fail_image(copier, to, status);
        return;
    }
    copy_in(copier, from, dir, name, length);
    ext4_inode_put(dir);
}

static void one_out(struct copier *copier, const char *from, const char *to)
{
    struct ext4_inode *inode;
    char path[PATH_MAX], name[256];
    struct stat stat_to;
    size_t length;
    const char *last = last_name(from, &length);
    enum ext4_status status = image_find(copier->image, from, false, &inode);

    if (status != EXT4_OK) {
        fail_image(copier, from, status);
        return;
    }
    snprintf(path, sizeof(path), "%s", to);
    if (stat(to, &stat_to) == 0 && S_ISDIR(stat_to.st_mode) && length > 0) {
        snprintf(name, sizeof(name), "%.*s", (int)length, last);
        join(path, to, name);
    }
    copy_out(copier, inode, path);
    ext4_inode_put(inode);
}

static void start(struct copier *copier, struct image *image, bool recursive)
{
    *copier = (struct copier){.image = image, .recursive = recursive, .chunk = malloc(CHUNK)};
    if (!copier->chunk) {
        exit(complain("out of memory"));
    }
}

static int finish(struct copier *copier)
{
    while (copier->seen) {
        struct seen *next = copier->seen->next;

        free(copier->seen);
        copier->seen = next;
    }
    free(copier->chunk);
    return copier->failures ? 1 : 0;
}

int verb_cp(struct words *words)
{
    bool set[128] = {false};
    struct copier copier;
    const char *to;

    if (!take_options(words, "r", "cp", set)) {
        return 2;
    }
    if (words->count < 2) {
        return complain("cp: expected at least two paths") + 1;
    }
    start(&copier, words->image, set['r']);
    to = words->items[words->count - 1];
    for (int i = 0; i + 1 < words->count; i++) {
        const char *from = words->items[i];

        if ((from[0] == ':') == (to[0] == ':')) {
            complain("cp: %s and %s: one of them has a colon, and is in the image", from, to);
            copier.failures++;
        } else if (to[0] == ':') {
            one_in(&copier, from, to);
        } else {
            one_out(&copier, from, to);
        }
    }
    return finish(&copier);
}

int copy_tree_in(struct image *image, const char *from)
{
    struct ext4_inode *root;
    struct copier copier;
    struct stat stat;
    enum ext4_status status = ext4_inode_get(image->fs, EXT4_ROOT, &root);

    start(&copier, image, true);
    if (status != EXT4_OK) {
        fail_image(&copier, ":/", status);
    } else {
        copy_folder_in(&copier, from, root);
        if (lstat(from, &stat) == 0) {
            copy_attributes_in(&copier, from, &stat, root);
        }
        ext4_inode_put(root);
    }
    return finish(&copier);
}
