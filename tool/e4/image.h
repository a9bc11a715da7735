// SPDX-License-Identifier: BSD-2-Clause
/* An image file or block device of this machine, mounted by the library, and paths in it. */
#pragma once

#include "device.h"

#include <ext4/ext4.h>

/* Exit status besides 1: what is on the disk is wrong. */
enum { IMAGE_DAMAGED = 4 };

struct image {
    const char *path;
    struct device device;
    struct ext4_fs *fs;
    unsigned damage; /* that the library named */
};

/* Says what is wrong on standard error, after the program's name; gives 1, an exit status. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Gives 0, or after a complaint an exit status. With `read_only` nothing is written to the file. */
int image_open(struct image *image, const char *path, bool read_only);
/* Gives an exit status. */
int image_close(struct image *image);

/* Gives a reference. `path` may begin with a colon. Symbolic links are followed, at the end of the
 * path only with `follow`. */
enum ext4_status image_find(struct image *image, const char *path, bool follow,
                            struct ext4_inode **inode);
/* The directory where the last name of `path` is or would be. `name` points into `path`, and may be
 * empty or dots. EXT4_NOT_DIRECTORY if a slash follows what is none. */
enum ext4_status image_find_parent(struct image *image, const char *path, struct ext4_inode **dir,
                                   const char **name, size_t *length);
/* The directory and the name there for something called like `from`: in `to`, if that is a
 * directory or must be one, or else `to` itself. */
enum ext4_status image_find_target(struct image *image, const char *from, const char *to,
                                   bool must_be_directory, struct ext4_inode **dir,
                                   const char **name, size_t *length);
/* The last name of a path, on either side. */
const char *last_name(const char *path, size_t *length);
/* Nothing, . or .. */
bool is_dots(const char *name, size_t length);

/* A copy of a directory's entries, so that it may change while they are looked at. */
struct names {
    struct name {
        char *text;
        uint32_t inode;
        enum ext4_type type;
    } * items;
    size_t count;
};

/* In order of their names, without . and .. unless `all`. */
enum ext4_status names_read(struct ext4_inode *dir, bool all, struct names *names);
void names_free(struct names *names);
