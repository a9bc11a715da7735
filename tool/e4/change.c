// SPDX-License-Identifier: BSD-2-Clause
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int report(const char *verb, const char *path, enum ext4_status status)
{
    return status == EXT4_OK ? 0 : complain("%s: %s: %s", verb, path, ext4_status_text(status));
}

static struct ext4_owner owner(void)
{
    return (struct ext4_owner){(uint32_t)getuid(), (uint32_t)getgid()};
}

/* ---- mkdir --------------------------------------------------------------- */

static enum ext4_status make_directory(struct image *image, const char *path)
{
    struct ext4_inode *dir, *made;
    const char *name;
    size_t length;
    enum ext4_status status = image_find_parent(image, path, &dir, &name, &length);

    if (status != EXT4_OK) {
        return status;
    }
    status = ext4_create(dir, name, length, EXT4_MODE_DIRECTORY | 0755, owner(), 0, 0, &made);
    if (status == EXT4_OK) {
        ext4_inode_put(made);
    }
    ext4_inode_put(dir);
    return status;
}

/* All that are missing on the way, one after the other. */
static enum ext4_status make_all(struct image *image, char *path)
{
    enum ext4_status status = EXT4_OK;

    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        status = slash[-1] == ':' || slash[-1] == 0 ? EXT4_EXISTS : make_directory(image, path);
        *slash = '/';
        if (status != EXT4_OK && status != EXT4_EXISTS) {
            return status;
        }
    }
    status = make_directory(image, path);
    return status == EXT4_EXISTS ? EXT4_OK : status;
}

int verb_mkdir(struct words *words)
{
    bool set[128] = {false};
    int result = 0;

    if (!take_options(words, "p", "mkdir", set)) {
        return 2;
    }
    for (int i = 0; i < words->count; i++) {
        enum ext4_status status = set['p'] ? make_all(words->image, words->items[i])
                                           : make_directory(words->image, words->items[i]);

        result |= status == EXT4_NOT_FOUND
                      ? complain("mkdir: %s: directories above are missing; mkdir -p makes those",
                                 words->items[i])
                      : report("mkdir", words->items[i], status);
    }
    return result;
}

/* ---- rm ------------------------------------------------------------------ */

static enum ext4_status remove_name(struct image *image, struct ext4_inode *dir, const char *name,
                                    size_t length, bool recursive);

static enum ext4_status remove_below(struct image *image, struct ext4_inode *dir)
{
    struct names names;
    enum ext4_status status = names_read(dir, false, &names);

    for (size_t i = 0; i < names.count && status == EXT4_OK; i++) {
        status = remove_name(image, dir, names.items[i].text, strlen(names.items[i].text), true);
    }
    names_free(&names);
    return status;
}

static enum ext4_status remove_name(struct image *image, struct ext4_inode *dir, const char *name,
                                    size_t length, bool recursive)
{
    enum ext4_status status = ext4_unlink(dir, name, length);
    struct ext4_inode *inode;

    if (status != EXT4_IS_DIRECTORY || !recursive) {
        return status;
    }
    status = ext4_lookup(dir, name, length, &inode);
    if (status == EXT4_OK) {
        status = remove_below(image, inode);
        ext4_inode_put(inode);
    }
    return status == EXT4_OK ? ext4_rmdir(dir, name, length) : status;
}

static enum ext4_status remove_path(struct image *image, const char *path, bool recursive)
{
    struct ext4_inode *dir;
    const char *name;
    size_t length;
    enum ext4_status status = image_find_parent(image, path, &dir, &name, &length);

    if (status == EXT4_OK) {
        status = remove_name(image, dir, name, length, recursive);
        ext4_inode_put(dir);
    }
    return status;
}

/* What has no name of its own cannot be removed or moved. */
static bool is_nameless(const char *verb, const char *path)
{
    size_t length;
    const char *name = last_name(path, &length);

    if (!is_dots(name, length)) {
        return false;
    }
    complain("%s: %s: has no name of its own; the root, . and .. stay where they are", verb, path);
    return true;
}

static int remove_one(struct image *image, const char *path, bool recursive)
{
    enum ext4_status status;

    if (is_nameless("rm", path)) {
        return 1;
    }
    status = remove_path(image, path, recursive);
    return status == EXT4_IS_DIRECTORY
               ? complain("rm: %s: is a directory; rm -r removes those", path)
               : report("rm", path, status);
}

int verb_rm(struct words *words)
{
    bool set[128] = {false};
    int result = 0;

    if (!take_options(words, "r", "rm", set)) {
        return 2;
    }
    for (int i = 0; i < words->count; i++) {
        result |= remove_one(words->image, words->items[i], set['r']);
    }
    return result;
}

/* ---- mv, ln -------------------------------------------------------------- */

static enum ext4_status move(struct image *image, const char *from, const char *to, bool several)
{
    struct ext4_inode *from_dir, *to_dir;
    const char *from_name, *to_name;
    size_t from_length, to_length;
    enum ext4_status status = image_find_parent(image, from, &from_dir, &from_name, &from_length);

    if (status != EXT4_OK) {
        return status;
    }
    status = image_find_target(image, from, to, several, &to_dir, &to_name, &to_length);
    if (status == EXT4_OK) {
        status = ext4_rename(from_dir, from_name, from_length, to_dir, to_name, to_length,
                             EXT4_RENAME_REPLACE);
        ext4_inode_put(to_dir);
    }
    ext4_inode_put(from_dir);
    return status;
}

int verb_mv(struct words *words)
{
    const char *to = words->items[words->count - 1];
    bool set[128] = {false};
    int result = 0;

    if (!take_options(words, "", "mv", set)) {
        return 2;
    }
    for (int i = 0; i + 1 < words->count; i++) {
        const char *from = words->items[i];
        enum ext4_status status;

        if (is_nameless("mv", from)) {
            result = 1;
            continue;
        }
        status = move(words->image, from, to, words->count > 2);
        result |= status == EXT4_INVALID ? complain("mv: %s: cannot be moved into itself", from)
                                         : report("mv", from, status);
    }
    return result;
}

static enum ext4_status make_symlink(struct image *image, const char *text, const char *path)
{
    struct ext4_inode *dir, *inode;
    const char *name;
    size_t length;
    enum ext4_status status = image_find_target(image, text, path, false, &dir, &name, &length);

    if (status != EXT4_OK) {
        return status;
    }
    status = ext4_symlink(dir, name, length, text, strlen(text), owner(), &inode);
    if (status == EXT4_OK) {
        ext4_inode_put(inode);
    }
    ext4_inode_put(dir);
    return status;
}

static enum ext4_status make_link(struct image *image, struct ext4_inode *inode, const char *old,
                                  const char *path)
{
    struct ext4_inode *dir;
    const char *name;
    size_t length;
    enum ext4_status status = image_find_target(image, old, path, false, &dir, &name, &length);

    if (status == EXT4_OK) {
        status = ext4_link(dir, name, length, inode);
        ext4_inode_put(dir);
    }
    return status;
}

int verb_ln(struct words *words)
{
    bool set[128] = {false};
    struct ext4_inode *inode;
    enum ext4_status status;
    int result;

    if (!take_options(words, "s", "ln", set)) {
        return 2;
    }
    if (words->count != 2) {
        complain("ln: expected OLD and NEW");
        return 2;
    }
    if (set['s']) {
        return report("ln", words->items[1],
                      make_symlink(words->image, words->items[0], words->items[1]));
    }
    status = image_find(words->image, words->items[0], false, &inode);
    if (status != EXT4_OK) {
        return report("ln", words->items[0], status);
    }
    result = report("ln", words->items[1],
                    make_link(words->image, inode, words->items[0], words->items[1]));
    ext4_inode_put(inode);
    return result;
}
