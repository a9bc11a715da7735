// SPDX-License-Identifier: BSD-2-Clause
/* Operations on names. Each is one handle: arguments and disk are checked first, then things
 * change; whatever fails in between is put back by ext4_change(). */
#include "alloc.h"
#include "dir.h"
#include "file.h"
#include "fs.h"
#include "inline.h"
#include "map.h"
#include "number.h"
#include "orphan.h"

#include <tiny/string.h>

enum { LINKS_MAX = 65000, DEPTH_MAX = 65536 };

/* ---- checks -------------------------------------------------------------- */

static enum ext4_status check_name(struct ext4_name name)
{
    if (name.length == 0) {
        return EXT4_NOT_FOUND;
    }
    if (name.length > EXT4_NAME_MAX) {
        return EXT4_NAME_TOO_LONG;
    }
    return memchr(name.text, '/', name.length) || memchr(name.text, 0, name.length) ? EXT4_INVALID
                                                                                    : EXT4_OK;
}

static bool is_dots(struct ext4_name name)
{
    return name.text[0] == '.' && (name.length == 1 || (name.length == 2 && name.text[1] == '.'));
}

/* A directory that is still in the tree. */
static enum ext4_status check_directory(const struct ext4_inode *dir)
{
    if (!ext4_inode_is(dir, EXT4_MODE_DIRECTORY)) {
        return EXT4_NOT_DIRECTORY;
    }
    return ext4_inode_links(dir) > 0 ? EXT4_OK : EXT4_NOT_FOUND;
}

/* ---- link counts --------------------------------------------------------- */

/* With dir_nlink a directory with too many others in it has a count of 1: unknown. */
static enum ext4_status add_subdirectory(struct ext4_inode *dir)
{
    uint32_t links = ext4_inode_links(dir);

    if (links == 1) {
        return EXT4_OK;
    }
    if (links + 1 >= LINKS_MAX) {
        if (!(dir->fs->ro_compat & EXT4_RO_DIR_NLINK)) {
            return EXT4_TOO_MANY_LINKS;
        }
        ext4_inode_set_links(dir, 1);
        return EXT4_OK;
    }
    ext4_inode_set_links(dir, links + 1);
    return EXT4_OK;
}

static void remove_subdirectory(struct ext4_inode *dir)
{
    if (ext4_inode_links(dir) > 2) {
        ext4_inode_set_links(dir, ext4_inode_links(dir) - 1);
    }
}

/* One name less; the last makes it an orphan. */
static enum ext4_status drop_link(struct ext4_handle *handle, struct ext4_inode *inode)
{
    uint32_t links = ext4_inode_links(inode);

    if (links == 0) {
        return ext4_corrupt(handle->fs, "inode %u has a name, but no links", inode->number);
    }
    links = ext4_inode_is(inode, EXT4_MODE_DIRECTORY) ? 0 : links - 1;
    ext4_inode_set_links(inode, links);
    ext4_inode_stamp_now(inode, EXT4_CHANGED);
    return links == 0 ? ext4_orphan_add(handle, inode) : EXT4_OK;
}

/* ---- lookup -------------------------------------------------------------- */

static enum ext4_status load_named(struct ext4_inode *dir, const struct ext4_slot *slot,
                                   struct ext4_inode **inode)
{
    enum ext4_status status = ext4_inode_get_named(dir->fs, slot->inode, inode);

    if (status == EXT4_NOT_FOUND) {
        return ext4_corrupt(dir->fs, "directory %u names inode %u, which is not in use",
                            dir->number, slot->inode);
    }
    return status;
}

enum ext4_status ext4_lookup(struct ext4_inode *dir, const char *text, size_t length,
                             struct ext4_inode **inode)
{
    struct ext4_name name = {text, length};
    struct ext4_slot slot;
    enum ext4_status status;

    TRY(check_name(name));
    if (!ext4_inode_is(dir, EXT4_MODE_DIRECTORY)) {
        return EXT4_NOT_DIRECTORY;
    }
    ext4_inode_share(dir);
    status = ext4_dir_find(dir, name, &slot);
    if (status == EXT4_OK) {
        status = load_named(dir, &slot, inode);
    }
    ext4_inode_unshare(dir);
    return status;
}

/* ---- creation ------------------------------------------------------------ */

struct creation {
    struct ext4_inode *dir;
    struct ext4_name name;
    uint32_t mode;
    struct ext4_owner owner;
    uint32_t major, minor;
    const char *target; /* of a symbolic link */
    size_t target_length;
    struct ext4_inode *inode; /* the result */
};

static uint32_t gid_of(const struct ext4_inode *inode)
{
    return le16_get(&inode->disk->gid_lo) | (uint32_t)le16_get(&inode->disk->gid_hi) << 16;
}

static void set_owner(struct ext4_inode *inode, struct ext4_owner owner)
{
    le16_set(&inode->disk->uid_lo, owner.uid);
    le16_set(&inode->disk->uid_hi, owner.uid >> 16);
    le16_set(&inode->disk->gid_lo, owner.gid);
    le16_set(&inode->disk->gid_hi, owner.gid >> 16);
}

/* Small numbers are stored the old way, which everybody can read. */
static void set_device(struct ext4_inode *inode, uint32_t major, uint32_t minor)
{
    struct le32 *room = (struct le32 *)inode->disk->room;

    if (major < 256 && minor < 256) {
        le32_set(&room[0], major << 8 | minor);
    } else {
        le32_set(&room[1], (minor & 0xff) | major << 8 | (minor & 0xfff00) << 12);
    }
}

static enum ext4_status write_target(struct ext4_handle *handle, const struct creation *creation)
{
    struct ext4_inode *inode = creation->inode;
    uint64_t block;
    struct ext4_buf *buf;

    ext4_inode_set_size(inode, creation->target_length);
    if (creation->target_length < EXT4_INODE_ROOM) {
        memcpy(inode->disk->room, creation->target, creation->target_length);
        return EXT4_OK;
    }
    ext4_map_init(inode);
    TRY(ext4_map_alloc_node(handle, inode, &block));
    TRY(ext4_map_insert(handle, inode, 0, block, 1, false));
    TRY(ext4_touch_new(handle, block, EXT4_KIND_PLAIN, 0, &buf));
    memcpy(buf->data, creation->target, creation->target_length);
    return EXT4_OK;
}

static void init_contents(struct ext4_inode *inode)
{
    if (!ext4_inline_begin(inode)) {
        ext4_map_init(inode);
    }
}

static enum ext4_status fill_inode(struct ext4_handle *handle, const struct creation *creation)
{
    struct ext4_inode *inode = creation->inode, *dir = creation->dir;
    struct ext4_owner owner = creation->owner;
    uint32_t mode = creation->mode;

    if (ext4_inode_mode(dir) & EXT4_MODE_SETGID) {
        owner.gid = gid_of(dir);
        mode |= (mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY ? EXT4_MODE_SETGID : 0;
    }
    le16_set(&inode->disk->mode, mode);
    set_owner(inode, owner);
    ext4_inode_set_links(inode, 1);
    switch (mode & EXT4_MODE_TYPE) {
    case EXT4_MODE_FILE:
        le32_set(&inode->disk->flags, ext4_inode_flags(dir) & EXT4_FLAGS_INHERITED);
        init_contents(inode);
        return EXT4_OK;
    case EXT4_MODE_DIRECTORY:
        le32_set(&inode->disk->flags, ext4_inode_flags(dir) & EXT4_FLAGS_INHERITED);
        init_contents(inode);
        ext4_inode_set_links(inode, 2);
        TRY(add_subdirectory(dir));
        return ext4_dir_init(handle, inode, dir->number);
    case EXT4_MODE_SYMLINK: return write_target(handle, creation);
    default: set_device(inode, creation->major, creation->minor); return EXT4_OK;
    }
}

static enum ext4_status create(struct ext4_handle *handle, void *arguments)
{
    struct creation *creation = arguments;
    struct ext4_inode *dir = creation->dir;
    struct ext4_slot slot;
    enum ext4_status status;
    uint32_t number;
    bool directory = (creation->mode & EXT4_MODE_TYPE) == EXT4_MODE_DIRECTORY;

    TRY(check_directory(dir));
    status = ext4_dir_find(dir, creation->name, &slot);
    if (status != EXT4_NOT_FOUND) {
        return status == EXT4_OK ? EXT4_EXISTS : status;
    }
    TRY(ext4_touch_inode(handle, dir));
    TRY(ext4_number_alloc(handle, dir->number, directory, &number));
    TRY(ext4_inode_make(handle, number, &creation->inode));
    TRY(fill_inode(handle, creation));
    TRY(ext4_dir_add(handle, dir, creation->name, number, ext4_type_of_mode(creation->mode)));
    ext4_inode_stamp_now(dir, EXT4_MODIFIED | EXT4_CHANGED);
    return EXT4_OK;
}

static enum ext4_status run_creation(struct creation *creation, struct ext4_inode **inode)
{
    TRY(check_name(creation->name));
    if (is_dots(creation->name)) {
        return EXT4_EXISTS;
    }
    TRY(ext4_change(creation->dir->fs, create, creation));
    *inode = creation->inode;
    return EXT4_OK;
}

enum ext4_status ext4_create(struct ext4_inode *dir, const char *name, size_t length, uint32_t mode,
                             struct ext4_owner owner, uint32_t device_major, uint32_t device_minor,
                             struct ext4_inode **inode)
{
    struct creation creation = {.dir = dir,
                                .name = {name, length},
                                .mode = mode,
                                .owner = owner,
                                .major = device_major,
                                .minor = device_minor};
    enum ext4_type type = ext4_type_of_mode(mode);

    if (type == EXT4_TYPE_UNKNOWN || type == EXT4_TYPE_SYMLINK || mode > 0xffff) {
        return EXT4_INVALID;
    }
    return run_creation(&creation, inode);
}

enum ext4_status ext4_symlink(struct ext4_inode *dir, const char *name, size_t length,
                              const char *target, size_t target_length, struct ext4_owner owner,
                              struct ext4_inode **inode)
{
    struct creation creation = {.dir = dir,
                                .name = {name, length},
                                .mode = EXT4_MODE_SYMLINK | 0777,
                                .owner = owner,
                                .target = target,
                                .target_length = target_length};

    if (target_length == 0) {
        return EXT4_NOT_FOUND;
    }
    if (target_length >= dir->fs->block_bytes) {
        return EXT4_NAME_TOO_LONG;
    }
    return memchr(target, 0, target_length) ? EXT4_INVALID : run_creation(&creation, inode);
}

/* ---- links --------------------------------------------------------------- */

struct linking {
    struct ext4_inode *dir, *inode;
    struct ext4_name name;
};

static enum ext4_status link_body(struct ext4_handle *handle, void *arguments)
{
    struct linking *linking = arguments;
    struct ext4_inode *dir = linking->dir, *inode = linking->inode;
    struct ext4_slot slot;
    enum ext4_status status;

    TRY(check_directory(dir));
    if (ext4_inode_is(inode, EXT4_MODE_DIRECTORY)) {
        return EXT4_IS_DIRECTORY;
    }
    if (ext4_inode_links(inode) == 0) {
        return EXT4_NOT_FOUND;
    }
    if (ext4_inode_links(inode) >= LINKS_MAX) {
        return EXT4_TOO_MANY_LINKS;
    }
    status = ext4_dir_find(dir, linking->name, &slot);
    if (status != EXT4_NOT_FOUND) {
        return status == EXT4_OK ? EXT4_EXISTS : status;
    }
    TRY(ext4_touch_inode(handle, dir));
    TRY(ext4_touch_inode(handle, inode));
    TRY(ext4_dir_add(handle, dir, linking->name, inode->number,
                     ext4_type_of_mode(ext4_inode_mode(inode))));
    ext4_inode_set_links(inode, ext4_inode_links(inode) + 1);
    ext4_inode_stamp_now(inode, EXT4_CHANGED);
    ext4_inode_stamp_now(dir, EXT4_MODIFIED | EXT4_CHANGED);
    return EXT4_OK;
}

enum ext4_status ext4_link(struct ext4_inode *dir, const char *name, size_t length,
                           struct ext4_inode *inode)
{
    struct linking linking = {dir, inode, {name, length}};

    TRY(check_name(linking.name));
    return is_dots(linking.name) ? EXT4_EXISTS : ext4_change(dir->fs, link_body, &linking);
}

/* ---- removal ------------------------------------------------------------- */

struct removal {
    struct ext4_inode *dir;
    struct ext4_name name;
    bool directory;           /* rmdir */
    struct ext4_inode *inode; /* a reference, if any, for the caller to put */
};

static enum ext4_status check_victim(const struct removal *removal)
{
    bool is_directory = ext4_inode_is(removal->inode, EXT4_MODE_DIRECTORY), empty;

    if (is_directory != removal->directory) {
        return is_directory ? EXT4_IS_DIRECTORY : EXT4_NOT_DIRECTORY;
    }
    if (is_directory) {
        TRY(ext4_dir_is_empty(removal->inode, &empty));
        return empty ? EXT4_OK : EXT4_NOT_EMPTY;
    }
    return EXT4_OK;
}

static enum ext4_status remove_body(struct ext4_handle *handle, void *arguments)
{
    struct removal *removal = arguments;
    struct ext4_inode *dir = removal->dir;
    struct ext4_slot slot;

    TRY(check_directory(dir));
    TRY(ext4_dir_find(dir, removal->name, &slot));
    if (!removal->inode) {
        TRY(load_named(dir, &slot, &removal->inode));
    }
    TRY(check_victim(removal));
    TRY(ext4_touch_inode(handle, dir));
    TRY(ext4_touch_inode(handle, removal->inode));
    TRY(ext4_dir_remove(handle, dir, &slot));
    TRY(drop_link(handle, removal->inode));
    if (removal->directory) {
        remove_subdirectory(dir);
    }
    ext4_inode_stamp_now(dir, EXT4_MODIFIED | EXT4_CHANGED);
    return EXT4_OK;
}

static enum ext4_status run_removal(struct removal *removal)
{
    enum ext4_status status;

    TRY(check_name(removal->name));
    status = ext4_change(removal->dir->fs, remove_body, removal);
    if (removal->inode) {
        ext4_inode_put(removal->inode);
    }
    return status;
}

enum ext4_status ext4_unlink(struct ext4_inode *dir, const char *name, size_t length)
{
    struct removal removal = {.dir = dir, .name = {name, length}};

    return run_removal(&removal);
}

enum ext4_status ext4_rmdir(struct ext4_inode *dir, const char *name, size_t length)
{
    struct removal removal = {.dir = dir, .name = {name, length}, .directory = true};

    if (length > 0 && is_dots(removal.name)) {
        return length == 1 ? EXT4_INVALID : EXT4_NOT_EMPTY;
    }
    return run_removal(&removal);
}

/* ---- rename -------------------------------------------------------------- */

struct renaming {
    struct ext4_inode *from, *to;
    struct ext4_name from_name, to_name;
    enum ext4_rename_mode mode;
    struct ext4_slot from_slot, to_slot;
    struct ext4_inode *inode, *other; /* references for the caller to put; `other` may be none */
};

static bool is_directory(const struct ext4_inode *inode)
{
    return ext4_inode_is(inode, EXT4_MODE_DIRECTORY);
}

static enum ext4_status parent_of(struct ext4_inode *dir, uint32_t *number)
{
    struct ext4_slot slot;
    enum ext4_status status = ext4_dir_find(dir, (struct ext4_name){"..", 2}, &slot);

    if (status == EXT4_NOT_FOUND) {
        return ext4_corrupt(dir->fs, "directory %u has no entry ..", dir->number);
    }
    *number = slot.inode;
    return status;
}

/* A directory must not move below itself: it would be out of the tree. */
static enum ext4_status check_not_above(const struct ext4_inode *moved, struct ext4_inode *target)
{
    struct ext4_fs *fs = target->fs;
    uint32_t number = target->number;

    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        struct ext4_inode *dir;
        enum ext4_status status;

        if (number == moved->number) {
            return EXT4_INVALID;
        }
        if (number == EXT4_INODE_ROOT) {
            return EXT4_OK;
        }
        TRY(ext4_inode_get_named(fs, number, &dir));
        status = is_directory(dir) ? parent_of(dir, &number) : EXT4_NOT_DIRECTORY;
        ext4_inode_release(dir);
        TRY(status);
    }
    return ext4_corrupt(fs, "directory %u is not below the root", target->number);
}

static enum ext4_status find_both(struct renaming *renaming)
{
    enum ext4_status status;

    TRY(check_directory(renaming->from));
    TRY(check_directory(renaming->to));
    TRY(ext4_dir_find(renaming->from, renaming->from_name, &renaming->from_slot));
    if (!renaming->inode) {
        TRY(load_named(renaming->from, &renaming->from_slot, &renaming->inode));
    }
    status = ext4_dir_find(renaming->to, renaming->to_name, &renaming->to_slot);
    if (status == EXT4_NOT_FOUND) {
        return renaming->mode == EXT4_RENAME_EXCHANGE ? EXT4_NOT_FOUND : EXT4_OK;
    }
    TRY(status);
    if (renaming->mode == EXT4_RENAME_KEEP) {
        return EXT4_EXISTS;
    }
    return renaming->other ? EXT4_OK
                           : load_named(renaming->to, &renaming->to_slot, &renaming->other);
}

static enum ext4_status check_replaced(const struct renaming *renaming)
{
    bool empty;

    if (!renaming->other || renaming->mode == EXT4_RENAME_EXCHANGE) {
        return EXT4_OK;
    }
    if (is_directory(renaming->other) != is_directory(renaming->inode)) {
        return is_directory(renaming->other) ? EXT4_IS_DIRECTORY : EXT4_NOT_DIRECTORY;
    }
    if (is_directory(renaming->other)) {
        TRY(ext4_dir_is_empty(renaming->other, &empty));
        return empty ? EXT4_OK : EXT4_NOT_EMPTY;
    }
    return EXT4_OK;
}

static enum ext4_status check_renaming(const struct renaming *renaming)
{
    if (is_directory(renaming->inode)) {
        TRY(check_not_above(renaming->inode, renaming->to));
    }
    if (renaming->mode == EXT4_RENAME_EXCHANGE && is_directory(renaming->other)) {
        TRY(check_not_above(renaming->other, renaming->from));
    }
    return check_replaced(renaming);
}

/* `moved` has a new parent: its entry ".." and the link counts of both. */
static enum ext4_status change_parent(struct ext4_handle *handle, struct ext4_inode *moved,
                                      struct ext4_inode *from, struct ext4_inode *to)
{
    struct ext4_slot slot;

    if (!is_directory(moved) || from == to) {
        return EXT4_OK;
    }
    TRY(ext4_dir_find(moved, (struct ext4_name){"..", 2}, &slot));
    TRY(ext4_dir_replace(handle, moved, &slot, to->number, EXT4_TYPE_DIRECTORY));
    remove_subdirectory(from);
    return add_subdirectory(to);
}

static enum ext4_type type_of(const struct ext4_inode *inode)
{
    return ext4_type_of_mode(ext4_inode_mode(inode));
}

static enum ext4_status exchange(struct ext4_handle *handle, struct renaming *renaming)
{
    struct ext4_inode *inode = renaming->inode, *other = renaming->other;

    TRY(ext4_dir_replace(handle, renaming->to, &renaming->to_slot, inode->number, type_of(inode)));
    TRY(ext4_dir_replace(handle, renaming->from, &renaming->from_slot, other->number,
                         type_of(other)));
    TRY(change_parent(handle, inode, renaming->from, renaming->to));
    TRY(change_parent(handle, other, renaming->to, renaming->from));
    ext4_inode_stamp_now(other, EXT4_CHANGED);
    return EXT4_OK;
}

static enum ext4_status move(struct ext4_handle *handle, struct renaming *renaming)
{
    struct ext4_inode *inode = renaming->inode, *other = renaming->other;

    if (other) {
        TRY(ext4_dir_replace(handle, renaming->to, &renaming->to_slot, inode->number,
                             type_of(inode)));
        TRY(drop_link(handle, other));
        if (is_directory(other)) {
            remove_subdirectory(renaming->to);
        }
    } else {
        TRY(ext4_dir_add(handle, renaming->to, renaming->to_name, inode->number, type_of(inode)));
    }
    /* Adding may have moved the old entry to another block. */
    TRY(ext4_dir_find(renaming->from, renaming->from_name, &renaming->from_slot));
    TRY(ext4_dir_remove(handle, renaming->from, &renaming->from_slot));
    return change_parent(handle, inode, renaming->from, renaming->to);
}

static enum ext4_status rename_body(struct ext4_handle *handle, void *arguments)
{
    struct renaming *renaming = arguments;

    TRY(find_both(renaming));
    if (renaming->inode == renaming->other) {
        return EXT4_OK; /* two names of one inode: both stay */
    }
    TRY(check_renaming(renaming));
    TRY(ext4_touch_inode(handle, renaming->from));
    TRY(ext4_touch_inode(handle, renaming->to));
    TRY(ext4_touch_inode(handle, renaming->inode));
    if (renaming->other) {
        TRY(ext4_touch_inode(handle, renaming->other));
    }
    TRY(renaming->mode == EXT4_RENAME_EXCHANGE ? exchange(handle, renaming)
                                               : move(handle, renaming));
    ext4_inode_stamp_now(renaming->inode, EXT4_CHANGED);
    ext4_inode_stamp_now(renaming->from, EXT4_MODIFIED | EXT4_CHANGED);
    ext4_inode_stamp_now(renaming->to, EXT4_MODIFIED | EXT4_CHANGED);
    return EXT4_OK;
}

enum ext4_status ext4_rename(struct ext4_inode *from, const char *from_name, size_t from_length,
                             struct ext4_inode *to, const char *to_name, size_t to_length,
                             enum ext4_rename_mode mode)
{
    struct renaming renaming = {.from = from,
                                .to = to,
                                .from_name = {from_name, from_length},
                                .to_name = {to_name, to_length},
                                .mode = mode};
    enum ext4_status status;

    TRY(check_name(renaming.from_name));
    TRY(check_name(renaming.to_name));
    if (is_dots(renaming.from_name) || is_dots(renaming.to_name)) {
        return EXT4_INVALID;
    }
    status = ext4_change(from->fs, rename_body, &renaming);
    if (renaming.inode) {
        ext4_inode_put(renaming.inode);
    }
    if (renaming.other) {
        ext4_inode_put(renaming.other);
    }
    return status;
}

/* ---- attributes ---------------------------------------------------------- */

struct attributes {
    struct ext4_inode *inode;
    unsigned which;
    const struct ext4_attributes *values;
};

static enum ext4_status set_attributes(struct ext4_handle *handle, void *arguments)
{
    const struct attributes *attributes = arguments;
    const struct ext4_attributes *values = attributes->values;
    struct ext4_inode *inode = attributes->inode;
    struct disk_inode *disk = inode->disk;

    TRY(ext4_touch_inode(handle, inode));
    if (attributes->which & EXT4_SET_MODE) {
        le16_set(&disk->mode, (ext4_inode_mode(inode) & EXT4_MODE_TYPE) |
                                  (values->mode & ~(uint32_t)EXT4_MODE_TYPE));
    }
    if (attributes->which & EXT4_SET_UID) {
        le16_set(&disk->uid_lo, values->uid);
        le16_set(&disk->uid_hi, values->uid >> 16);
    }
    if (attributes->which & EXT4_SET_GID) {
        le16_set(&disk->gid_lo, values->gid);
        le16_set(&disk->gid_hi, values->gid >> 16);
    }
    if (attributes->which & EXT4_SET_ACCESSED) {
        ext4_inode_stamp(inode, EXT4_ACCESSED, values->accessed);
    }
    if (attributes->which & EXT4_SET_MODIFIED) {
        ext4_inode_stamp(inode, EXT4_MODIFIED, values->modified);
    }
    ext4_inode_stamp_now(inode, EXT4_CHANGED);
    return EXT4_OK;
}

enum ext4_status ext4_set_attributes(struct ext4_inode *inode, unsigned which,
                                     const struct ext4_attributes *values)
{
    struct attributes attributes = {inode, which, values};

    return ext4_change(inode->fs, set_attributes, &attributes);
}
