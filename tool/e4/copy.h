// SPDX-License-Identifier: BSD-2-Clause
/* What copies in, out and within an image share. */
#pragma once

#include "image.h"

enum { COPY_CHUNK = 1 << 20, COPY_XATTR_BYTES = 65536 };

/* A file with several names that was copied already. */
struct seen {
    uint64_t device; /* 0 for those in the image */
    uint64_t inode;
    uint32_t copy; /* its number in the image */
    char *path;    /* or where it is on this machine */
    struct seen *next;
};

struct copier {
    struct image *image;
    bool recursive;
    int failures;
    uint8_t *chunk; /* COPY_CHUNK bytes */
    struct seen *seen;
};

void copy_start(struct copier *copier, struct image *image, bool recursive);
/* Gives an exit status. */
int copy_finish(struct copier *copier);

/* Complain, and count. The first adds what errno says. */
void copy_fail_here(struct copier *copier, const char *path);
void copy_fail_image(struct copier *copier, const char *path, enum ext4_status status);
void copy_fail(struct copier *copier, const char *path, const char *why);

struct seen *copy_find_seen(struct copier *copier, uint64_t device, uint64_t inode);
/* Takes `path`, which may be null. */
void copy_remember(struct copier *copier, uint64_t device, uint64_t inode, uint32_t copy,
                   char *path);

/* Ends the program if the path is too long. `to` has PATH_MAX bytes. */
void copy_join(char *to, const char *folder, const char *name);

/* Makes `*inode` in `dir`, like `attributes` and perhaps with the text of a symbolic link. `name`
 * is followed by its end or a slash. A directory or regular file that is there already is used, the
 * file after it was emptied; what is neither is replaced. Gives a reference. */
enum ext4_status copy_make(struct ext4_inode *dir, const char *name, size_t length,
                           const struct ext4_attributes *attributes, const char *target,
                           struct ext4_inode **inode);
/* One more name for an inode in the image; replaces what is there and no directory. */
enum ext4_status copy_link(struct copier *copier, struct ext4_inode *dir, const char *name,
                           size_t length, uint32_t number);
/* Owners, times and modes; after everything else. */
enum ext4_status copy_set_attributes(struct ext4_inode *inode,
                                     const struct ext4_attributes *attributes);

/* The names of all attributes, each ended by 0, into the first part of the chunk. Gives how many
 * bytes. */
enum ext4_status copy_list_xattrs(struct copier *copier, struct ext4_inode *inode, size_t *bytes);

/* From this machine to `name` in `dir`. */
void copy_in(struct copier *copier, const char *path, struct ext4_inode *dir, const char *name,
             size_t length);
/* From the image to this machine. `from` names the inode in complaints. */
void copy_out(struct copier *copier, const char *from, struct ext4_inode *inode, const char *path);
/* Within the image. */
void copy_inside(struct copier *copier, const char *from, struct ext4_inode *inode,
                 struct ext4_inode *dir, const char *name, size_t length);
