// SPDX-License-Identifier: BSD-2-Clause
#include "xattr.h"

#include "alloc.h"
#include "file.h"
#include "fs.h"
#include "map.h"
#include "xattr_area.h"

#include <tiny/string.h>

enum { SIZE_MAX_BYTES = 65536 };

/* How the classes of names are numbered. The two ACL names are whole, nothing follows. */
static const struct {
    const char *prefix;
    uint8_t index;
    bool whole;
} classes[] = {
    {"user.", 1, false},
    {"system.posix_acl_access", 2, true},
    {"system.posix_acl_default", 3, true},
    {"trusted.", 4, false},
    {"security.", 6, false},
    {"system.", EXT4_XATTR_SYSTEM, false},
};

/* What is stored as an attribute, and is none: contents of small files, see inline.h. */
static bool is_data(uint8_t index, const char *name, size_t length)
{
    return index == EXT4_XATTR_SYSTEM && length == 4 && memcmp(name, "data", 4) == 0;
}

enum { CLASSES = sizeof(classes) / sizeof(classes[0]) };

static enum ext4_status parse(const char *name, size_t length, struct ext4_key *key)
{
    for (int i = 0; i < CLASSES; i++) {
        size_t prefix = strlen(classes[i].prefix);

        if (length < prefix || memcmp(name, classes[i].prefix, prefix) != 0) {
            continue;
        }
        if (classes[i].whole ? length != prefix : length == prefix) {
            continue;
        }
        if (length - prefix > EXT4_NAME_MAX) {
            return EXT4_NAME_TOO_LONG;
        }
        if (is_data(classes[i].index, name + prefix, length - prefix)) {
            return EXT4_INVALID;
        }
        *key = (struct ext4_key){classes[i].index, (uint8_t)(length - prefix), name + prefix};
        return EXT4_OK;
    }
    return EXT4_INVALID;
}

/* ---- reading ------------------------------------------------------------- */

/* Calls `visit` with the inode's area and the block's, as far as there are any, until it says other
 * than EXT4_NOT_FOUND. */
static enum ext4_status
visit_areas(struct ext4_inode *inode,
            enum ext4_status (*visit)(const struct ext4_area *area, void *context), void *context)
{
    struct ext4_fs *fs = inode->fs;
    uint64_t block = ext4_inode_xattr_block(inode);
    enum ext4_status status = EXT4_NOT_FOUND;
    struct ext4_area area;
    struct ext4_buf *buf;

    TRY(ext4_area_of_inode(inode, &area));
    if (area.present) {
        status = visit(&area, context);
    }
    if (status != EXT4_NOT_FOUND || block == 0) {
        return status;
    }
    TRY(ext4_buf_read(fs, block, EXT4_KIND_XATTR, 0, &buf));
    status = ext4_area_of_block(inode, buf, &area);
    if (status == EXT4_OK) {
        status = visit(&area, context);
    }
    ext4_buf_put(fs, buf);
    return status;
}

struct getting {
    struct ext4_key key;
    void *value;
    size_t size, length;
};

/* Whether the inode holds that value: by its checksum in the time of access or, in older ones, by
 * the owner in the time of change. */
static enum ext4_status check_value(const struct ext4_inode *owner, const struct ext4_inode *holder,
                                    const void *value, size_t bytes)
{
    struct ext4_fs *fs = owner->fs;
    uint32_t made = ext4_crc32c(&fs->crc, fs->checksum_seed, value, bytes);
    bool owned = le32_get(&holder->disk->mtime) == owner->number &&
                 le32_get(&holder->disk->generation) == le32_get(&owner->disk->generation);

    if (le32_get(&holder->disk->atime) != made && !owned) {
        return ext4_corrupt(fs,
                            "inode %u: attribute value in inode %u with checksum 0x%08x, "
                            "expected 0x%08x",
                            owner->number, holder->number, le32_get(&holder->disk->atime), made);
    }
    return EXT4_OK;
}

static enum ext4_status read_value(const struct ext4_inode *owner, struct ext4_inode *holder,
                                   void *value, size_t bytes)
{
    size_t done;

    if (!ext4_inode_has(holder, EXT4_FLAG_EA_INODE) || ext4_inode_size(holder) != bytes) {
        return ext4_corrupt(owner->fs,
                            "inode %u: attribute value of %zu bytes in inode %u, "
                            "which has flags 0x%x and %llu bytes",
                            owner->number, bytes, holder->number, ext4_inode_flags(holder),
                            (unsigned long long)ext4_inode_size(holder));
    }
    TRY(ext4_read_held(holder, 0, value, bytes, &done));
    return check_value(owner, holder, value, bytes);
}

/* The feature makes the file system read-only, so nobody changes the other inode. */
static enum ext4_status get_from_inode(const struct ext4_inode *owner, uint32_t number, void *value,
                                       size_t bytes)
{
    struct ext4_inode *holder;
    enum ext4_status status;

    if (!(owner->fs->incompat & EXT4_INCOMPAT_EA_INODE) || number == owner->number) {
        return ext4_corrupt(owner->fs, "inode %u: attribute value in inode %u", owner->number,
                            number);
    }
    TRY(ext4_inode_load(owner->fs, number, &holder));
    status = read_value(owner, holder, value, bytes);
    ext4_inode_release(holder);
    return status;
}

static enum ext4_status get_from(const struct ext4_area *area, void *context)
{
    struct getting *getting = context;
    const struct disk_xattr_entry *entry = ext4_area_find(area, &getting->key);

    if (!entry) {
        return EXT4_NOT_FOUND;
    }
    getting->length = le32_get(&entry->value_size);
    if (getting->size > 0 && getting->size < getting->length) {
        return EXT4_RANGE;
    }
    if (getting->size == 0 || getting->length == 0) {
        return EXT4_OK;
    }
    if (le32_get(&entry->value_inode) != 0) {
        return get_from_inode(area->inode, le32_get(&entry->value_inode), getting->value,
                              getting->length);
    }
    memcpy(getting->value, ext4_area_value(area, entry), getting->length);
    return EXT4_OK;
}

enum ext4_status ext4_xattr_get(struct ext4_inode *inode, const char *name, size_t length,
                                void *value, size_t size, size_t *value_length)
{
    struct getting getting = {.value = value, .size = size};
    enum ext4_status status;

    TRY(parse(name, length, &getting.key));
    ext4_inode_share(inode);
    status = visit_areas(inode, get_from, &getting);
    ext4_inode_unshare(inode);
    *value_length = getting.length;
    return status;
}

struct listing {
    void (*take)(void *context, const char *prefix, const char *name, size_t length);
    void *context;
};

static enum ext4_status list_from(const struct ext4_area *area, void *context)
{
    struct listing *listing = context;

    const struct disk_xattr_entry *entry = ext4_area_first(area);

    for (; entry; entry = ext4_area_next(area, entry)) {
        for (int i = 0; i < CLASSES; i++) {
            if (classes[i].index == entry->name_index &&
                !is_data(entry->name_index, entry->name, entry->name_length)) {
                listing->take(listing->context, classes[i].prefix, entry->name, entry->name_length);
            }
        }
    }
    return EXT4_NOT_FOUND; /* go on with the other area */
}

enum ext4_status ext4_xattr_list(struct ext4_inode *inode,
                                 void (*take)(void *context, const char *prefix, const char *name,
                                              size_t length),
                                 void *context)
{
    struct listing listing = {take, context};
    enum ext4_status status;

    ext4_inode_share(inode);
    status = visit_areas(inode, list_from, &listing);
    ext4_inode_unshare(inode);
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

/* ---- the block ----------------------------------------------------------- */

enum ext4_status ext4_xattr_free_block(struct ext4_handle *handle, struct ext4_inode *inode)
{
    uint64_t block = ext4_inode_xattr_block(inode);
    struct disk_xattr_header *header;
    struct ext4_buf *buf;

    if (block == 0) {
        return EXT4_OK;
    }
    TRY(ext4_touch(handle, block, EXT4_KIND_XATTR, 0, &buf));
    header = (struct disk_xattr_header *)buf->data;
    ext4_inode_set_xattr_block(inode, 0);
    ext4_inode_add_blocks(inode, -1);
    if (le32_get(&header->references) > 1) {
        le32_set(&header->references, le32_get(&header->references) - 1);
        return EXT4_OK;
    }
    return ext4_metadata_free(handle, block);
}

static enum ext4_status new_block(struct ext4_handle *handle, struct ext4_inode *inode,
                                  struct ext4_buf **buf)
{
    struct disk_xattr_header *header;
    uint64_t block;

    TRY(ext4_map_alloc_node(handle, inode, &block));
    TRY(ext4_touch_new(handle, block, EXT4_KIND_XATTR, 0, buf));
    header = (struct disk_xattr_header *)(*buf)->data;
    le32_set(&header->magic, EXT4_XATTR_MAGIC);
    le32_set(&header->references, 1);
    le32_set(&header->blocks, 1);
    ext4_inode_set_xattr_block(inode, block);
    ext4_inode_add_blocks(inode, 1);
    return EXT4_OK;
}

/* The inode's block, not shared with others, to be changed. */
static enum ext4_status own_block(struct ext4_handle *handle, struct ext4_inode *inode,
                                  struct ext4_area *area)
{
    uint64_t block = ext4_inode_xattr_block(inode);
    struct ext4_buf *buf, *copy;

    TRY(ext4_touch(handle, block, EXT4_KIND_XATTR, 0, &buf));
    TRY(ext4_area_of_block(inode, buf, area));
    if (le32_get(&((struct disk_xattr_header *)buf->data)->references) <= 1) {
        return EXT4_OK;
    }
    TRY(ext4_xattr_free_block(handle, inode));
    TRY(new_block(handle, inode, &copy));
    memcpy(copy->data + sizeof(struct disk_xattr_header), area->first,
           (size_t)(area->end - area->first));
    return ext4_area_of_block(inode, copy, area);
}

/* ---- setting ------------------------------------------------------------- */

struct setting {
    struct ext4_inode *inode;
    struct ext4_key key;
    const void *value; /* null: remove */
    size_t length;
    bool removing;
    enum ext4_xattr_mode mode;
};

/* Takes the attribute out of the inode and its block; tells whether it was there. */
static enum ext4_status take_out(struct ext4_handle *handle, const struct setting *setting,
                                 bool *was_there)
{
    struct ext4_inode *inode = setting->inode;
    struct disk_xattr_entry *entry;
    struct ext4_area area;

    *was_there = false;
    TRY(ext4_area_of_inode(inode, &area));
    entry = ext4_area_find(&area, &setting->key);
    if (entry) {
        ext4_area_remove(&area, entry);
        *was_there = true;
        return EXT4_OK;
    }
    if (ext4_inode_xattr_block(inode) == 0) {
        return EXT4_OK;
    }
    TRY(own_block(handle, inode, &area));
    entry = ext4_area_find(&area, &setting->key);
    if (entry) {
        ext4_area_remove(&area, entry);
        ext4_area_hash(&area);
        *was_there = true;
    }
    return EXT4_OK;
}

static enum ext4_status put_in_inode(const struct setting *setting, bool *done)
{
    struct ext4_area area;

    TRY(ext4_area_of_inode(setting->inode, &area));
    *done = ext4_area_fits(&area, &setting->key, setting->length);
    if (*done) {
        ext4_area_insert(&area, &setting->key, setting->value, setting->length);
    }
    return EXT4_OK;
}

static enum ext4_status put_in_block(struct ext4_handle *handle, const struct setting *setting)
{
    struct ext4_inode *inode = setting->inode;
    struct ext4_buf *buf;
    struct ext4_area area;

    if (ext4_inode_xattr_block(inode) == 0) {
        TRY(new_block(handle, inode, &buf));
    }
    TRY(own_block(handle, inode, &area));
    if (!ext4_area_fits(&area, &setting->key, setting->length)) {
        return EXT4_NO_SPACE;
    }
    ext4_area_insert(&area, &setting->key, setting->value, setting->length);
    ext4_area_hash(&area);
    return EXT4_OK;
}

/* A block without attributes goes back. */
static enum ext4_status drop_empty_block(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_buf *buf;
    struct ext4_area area;

    if (ext4_inode_xattr_block(inode) == 0) {
        return EXT4_OK;
    }
    TRY(ext4_look(handle, ext4_inode_xattr_block(inode), EXT4_KIND_XATTR, 0, &buf));
    TRY(ext4_area_of_block(inode, buf, &area));
    return !ext4_area_first(&area) ? ext4_xattr_free_block(handle, inode) : EXT4_OK;
}

static enum ext4_status set_body(struct ext4_handle *handle, void *arguments)
{
    const struct setting *setting = arguments;
    bool was_there, done;

    TRY(ext4_touch_inode(handle, setting->inode));
    TRY(take_out(handle, setting, &was_there));
    if (was_there ? setting->mode == EXT4_XATTR_CREATE : setting->mode == EXT4_XATTR_REPLACE) {
        return was_there ? EXT4_EXISTS : EXT4_NOT_FOUND;
    }
    if (!setting->removing) {
        TRY(put_in_inode(setting, &done));
        if (!done) {
            TRY(put_in_block(handle, setting));
        }
    }
    TRY(drop_empty_block(handle, setting->inode));
    ext4_inode_stamp_now(setting->inode, EXT4_CHANGED);
    return EXT4_OK;
}

enum ext4_status ext4_xattr_set(struct ext4_inode *inode, const char *name, size_t length,
                                const void *value, size_t value_length, enum ext4_xattr_mode mode)
{
    struct setting setting = {.inode = inode, .value = value, .length = value_length, .mode = mode};

    TRY(parse(name, length, &setting.key));
    if (value_length > SIZE_MAX_BYTES) {
        return EXT4_TOO_BIG;
    }
    return ext4_change(inode->fs, set_body, &setting);
}

enum ext4_status ext4_xattr_remove(struct ext4_inode *inode, const char *name, size_t length)
{
    struct setting setting = {.inode = inode, .removing = true, .mode = EXT4_XATTR_REPLACE};

    TRY(parse(name, length, &setting.key));
    return ext4_change(inode->fs, set_body, &setting);
}

/* ---- checking ------------------------------------------------------------ */

/* Of names with bytes over 127 there are two hashes, as `char` was signed or not. */
static bool has_one_hash(const struct disk_xattr_entry *entry)
{
    for (uint32_t i = 0; i < entry->name_length; i++) {
        if ((uint8_t)entry->name[i] > 127) {
            return false;
        }
    }
    return true;
}

static enum ext4_status check_values(const struct ext4_area *area, void *context)
{
    struct ext4_fs *fs = area->inode->fs;

    (void)context;
    for (struct disk_xattr_entry *entry = ext4_area_first(area); entry;
         entry = ext4_area_next(area, entry)) {
        uint32_t said = le32_get(&entry->hash);

        if (entry->name_index == 0) {
            return ext4_corrupt(fs, "inode %u: attribute '%.*s' is of no class",
                                area->inode->number, entry->name_length, entry->name);
        }
        if (le32_get(&entry->value_inode) != 0) {
            if (!(fs->incompat & EXT4_INCOMPAT_EA_INODE)) {
                return ext4_corrupt(fs, "inode %u: attribute value in inode %u",
                                    area->inode->number, le32_get(&entry->value_inode));
            }
        } else if ((said != 0 || area->buf) && has_one_hash(entry) &&
                   said != ext4_area_entry_hash(area, entry)) {
            return ext4_corrupt(fs, "inode %u: attribute hash 0x%08x, expected 0x%08x",
                                area->inode->number, said, ext4_area_entry_hash(area, entry));
        }
    }
    return EXT4_NOT_FOUND;
}

enum ext4_status ext4_xattr_check(struct ext4_inode *inode)
{
    enum ext4_status status = visit_areas(inode, check_values, NULL);

    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}
