// SPDX-License-Identifier: BSD-2-Clause
#include "image.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CACHE_BYTES = 32 << 20, INODES = 256, LINKS_MAX = 40 };

int complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "e4: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    return 1;
}

/* ---- services for the library -------------------------------------------- */

static void *host_alloc(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void host_free(void *context, void *memory, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(memory);
}

static struct ext4_time host_now(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct ext4_time){now.tv_sec, (uint32_t)now.tv_nsec};
}

static void host_log(void *context, const char *text)
{
    const struct image *image = context;

    fprintf(stderr, "e4: %s: %s\n", image->path, text);
}

/* Every request is done when submit returns, so nobody ever has to wait. */
static void host_wait(void *context, const void *what)
{
    (void)what;
    complain("%s: waits for what nobody does", ((const struct image *)context)->path);
    abort();
}

/* ---- mounting ------------------------------------------------------------ */

int image_open(struct image *image, const char *path, bool read_only)
{
    struct ext4_config config = {
        .device = {.context = &image->device, .submit = device_submit},
        .host = {image, host_alloc, host_free, host_now, host_wait, host_log, NULL},
        .cache_bytes = CACHE_BYTES,
        .inode_count = INODES,
        .read_only = read_only,
    };
    enum ext4_status status;

    *image = (struct image){.path = path};
    if (!device_open(&image->device, path, read_only)) {
        return 1;
    }
    config.device.size_bytes = image->device.size;
    status = ext4_mount(&config, &image->fs);
    if (status != EXT4_OK) {
        complain("%s: cannot be mounted: %s", path, ext4_status_text(status));
        device_close(&image->device);
        return status == EXT4_CORRUPT ? IMAGE_DAMAGED : 1;
    }
    return 0;
}

int image_close(struct image *image)
{
    enum ext4_status status = ext4_unmount(image->fs);

    device_close(&image->device);
    return status == EXT4_OK
               ? 0
               : complain("%s: unmounting: %s", image->path, ext4_status_text(status));
}

/* ---- paths --------------------------------------------------------------- */

static enum ext4_status walk(struct image *image, struct ext4_inode *start, const char *path,
                             size_t length, bool follow, int *links, struct ext4_inode **result);

/* Goes on from `dir`, which it puts, to where the link points. */
static enum ext4_status follow_link(struct image *image, struct ext4_inode *dir,
                                    struct ext4_inode *link, int *links, struct ext4_inode **result)
{
    char target[PATH_MAX];
    size_t length = 0;
    enum ext4_status status = EXT4_INVALID;

    if (++*links <= LINKS_MAX) {
        status = ext4_readlink(link, target, sizeof(target), &length);
    } else {
        complain("more than %d symbolic links on the way", LINKS_MAX);
    }
    ext4_inode_put(link);
    if (status != EXT4_OK) {
        ext4_inode_put(dir);
        return status;
    }
    if (length > 0 && target[0] == '/') {
        ext4_inode_put(dir);
        status = ext4_inode_get(image->fs, EXT4_ROOT, &dir);
        if (status != EXT4_OK) {
            return status;
        }
    }
    return walk(image, dir, target, length, true, links, result);
}

static bool is_of_type(struct ext4_inode *inode, uint32_t type)
{
    struct ext4_attributes attributes;

    ext4_stat(inode, &attributes);
    return (attributes.mode & EXT4_MODE_TYPE) == type;
}

/* Takes `start`. */
static enum ext4_status walk(struct image *image, struct ext4_inode *start, const char *path,
                             size_t length, bool follow, int *links, struct ext4_inode **result)
{
    struct ext4_inode *at = start, *next;

    for (size_t i = 0; i < length;) {
        const char *slash = memchr(path + i, '/', length - i);
        size_t end = slash ? (size_t)(slash - path) : length;
        enum ext4_status status;

        if (end == i) {
            i++;
            continue;
        }
        status = ext4_lookup(at, path + i, end - i, &next);
        if (status == EXT4_OK && is_of_type(next, EXT4_MODE_SYMLINK) && (follow || end < length)) {
            status = follow_link(image, at, next, links, &at);
        } else {
            ext4_inode_put(at);
            at = next;
        }
        if (status != EXT4_OK) {
            return status;
        }
        i = end + 1;
    }
    if (length > 0 && path[length - 1] == '/' && !is_of_type(at, EXT4_MODE_DIRECTORY)) {
        ext4_inode_put(at);
        return EXT4_NOT_DIRECTORY;
    }
    *result = at;
    return EXT4_OK;
}

static enum ext4_status find(struct image *image, const char *path, size_t length, bool follow,
                             struct ext4_inode **inode)
{
    struct ext4_inode *root;
    enum ext4_status status = ext4_inode_get(image->fs, EXT4_ROOT, &root);
    int links = 0;

    return status == EXT4_OK ? walk(image, root, path, length, follow, &links, inode) : status;
}

enum ext4_status image_find(struct image *image, const char *path, bool follow,
                            struct ext4_inode **inode)
{
    path += path[0] == ':';
    return find(image, path, strlen(path), follow, inode);
}

const char *last_name(const char *path, size_t *length)
{
    size_t end, start;

    path += path[0] == ':';
    end = strlen(path);
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    for (start = end; start > 0 && path[start - 1] != '/'; start--) {
    }
    *length = end - start;
    return path + start;
}

/* A name with a slash behind it is a directory's, if there is something. */
static enum ext4_status check_slash(struct ext4_inode *dir, const char *name, size_t length)
{
    struct ext4_inode *inode;
    enum ext4_status status = EXT4_OK;

    if (name[length] == '/' && ext4_lookup(dir, name, length, &inode) == EXT4_OK) {
        status = is_of_type(inode, EXT4_MODE_DIRECTORY) ? EXT4_OK : EXT4_NOT_DIRECTORY;
        ext4_inode_put(inode);
    }
    return status;
}

bool is_dots(const char *name, size_t length)
{
    return length == 0 || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')));
}

enum ext4_status image_find_parent(struct image *image, const char *path, struct ext4_inode **dir,
                                   const char **name, size_t *length)
{
    const char *begin = path + (path[0] == ':');
    enum ext4_status status;

    *name = last_name(path, length);
    status = find(image, begin, (size_t)(*name - begin), true, dir);
    if (status != EXT4_OK) {
        return status;
    }
    status = is_of_type(*dir, EXT4_MODE_DIRECTORY) ? check_slash(*dir, *name, *length)
                                                   : EXT4_NOT_DIRECTORY;
    if (status != EXT4_OK) {
        ext4_inode_put(*dir);
    }
    return status;
}

enum ext4_status image_find_target(struct image *image, const char *from, const char *to,
                                   bool must_be_directory, struct ext4_inode **dir,
                                   const char **name, size_t *length)
{
    enum ext4_status status = image_find(image, to, true, dir);

    if (status == EXT4_OK) {
        if (is_of_type(*dir, EXT4_MODE_DIRECTORY)) {
            *name = last_name(from, length);
            return EXT4_OK;
        }
        ext4_inode_put(*dir);
    }
    if (must_be_directory) {
        return status == EXT4_OK ? EXT4_NOT_DIRECTORY : status;
    }
    return image_find_parent(image, to, dir, name, length);
}

/* ---- entries ------------------------------------------------------------- */

struct reading {
    struct names *names;
    bool all, failed;
};

static bool take_name(void *context, const struct ext4_entry *entry)
{
    struct reading *reading = context;
    struct names *names = reading->names;
    struct name *items;

    if (is_dots(entry->name, entry->length) && !reading->all) {
        return true;
    }
    items = realloc(names->items, (names->count + 1) * sizeof(*items));
    if (!items) {
        reading->failed = true;
        return false;
    }
    names->items = items;
    items[names->count] =
        (struct name){strndup(entry->name, entry->length), entry->inode, entry->type};
    names->count++;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

enum ext4_status names_read(struct ext4_inode *dir, bool all, struct names *names)
{
    struct reading reading = {names, all, false};
    enum ext4_status status;

    *names = (struct names){NULL, 0};
    status = ext4_readdir(dir, 0, take_name, &reading);
    if (status == EXT4_OK && reading.failed) {
        status = EXT4_NO_MEMORY;
    }
    if (status != EXT4_OK) {
        names_free(names);
    } else if (names->count > 0) {
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
    }
    return status;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->items[i].text);
    }
    free(names->items);
    *names = (struct names){NULL, 0};
}
