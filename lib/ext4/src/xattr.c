// SPDX-License-Identifier: BSD-2-Clause
#include "xattr.h"

#include "alloc.h"
#include "fs.h"
#include "map.h"

#include <tiny/string.h>

enum { INDEX_SYSTEM = 7, SIZE_MAX_BYTES = 65536 };

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
    {"system.", INDEX_SYSTEM, false},
};

enum { CLASSES = sizeof(classes) / sizeof(classes[0]) };

struct key {
    uint8_t index;
    uint8_t length;
    const char *name;
};

static enum ext4_status parse(const char *name, size_t length, struct key *key)
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
        *key = (struct key){classes[i].index, (uint8_t)(length - prefix), name + prefix};
        return EXT4_OK;
    }
    return EXT4_INVALID;
}

/* ---- areas --------------------------------------------------------------- */

/* Where attributes lie. Offsets of values count from `base`. */
struct area {
    struct ext4_inode *inode;
    struct ext4_buf *buf; /* of the block; none for the inode */
    uint8_t *base, *first, *end;
};

/* The 4 bytes of zeros that end the entries. */
enum { END_BYTES = 4 };

static struct disk_xattr_entry *entry_at(uint8_t *at)
{
    return (struct disk_xattr_entry *)at;
}

static bool is_last(const struct area *area, const uint8_t *at)
{
    return at + END_BYTES > area->end || le32_get((const struct le32 *)at) == 0;
}

static uint32_t entry_bytes(uint32_t name_length)
{
    return ((uint32_t)sizeof(struct disk_xattr_entry) + name_length + 3) & ~3u;
}

static uint8_t *next_entry(uint8_t *at)
{
    return at + entry_bytes(entry_at(at)->name_length);
}

static uint32_t padded(uint32_t bytes)
{
    return (bytes + 3) & ~3u;
}

static enum ext4_status check_entry(const struct area *area, uint8_t *at)
{
    const struct disk_xattr_entry *entry = entry_at(at);
    size_t left = (size_t)(area->end - at), room = (size_t)(area->end - area->base);
    uint32_t offset, size;

    if (left < sizeof(*entry) || left < entry_bytes(entry->name_length)) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute name beyond the end",
                            area->inode->number);
    }
    offset = le16_get(&entry->value_offset);
    size = le32_get(&entry->value_size);
    if (le32_get(&entry->value_inode) == 0 && size > 0 &&
        (size > room || offset > room - size || area->base + offset < at)) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute value of %u bytes at %u of %u",
                            area->inode->number, size, offset, (unsigned)room);
    }
    return EXT4_OK;
}

static enum ext4_status check_area(const struct area *area)
{
    uint8_t *at = area->first, *lowest = area->end;

    for (; !is_last(area, at); at = next_entry(at)) {
        const struct disk_xattr_entry *entry;

        TRY(check_entry(area, at));
        entry = entry_at(at);
        if (le32_get(&entry->value_inode) == 0 && le32_get(&entry->value_size) > 0 &&
            area->base + le16_get(&entry->value_offset) < lowest) {
            lowest = area->base + le16_get(&entry->value_offset);
        }
    }
    if (at + END_BYTES > lowest && at > area->first) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute names and values overlap",
                            area->inode->number);
    }
    return EXT4_OK;
}

/* *present is false if the inode has no attributes of its own (yet); `area` is where they would be,
 * empty if there is no room. */
static enum ext4_status inode_area(struct ext4_inode *inode, struct area *area, bool *present)
{
    uint32_t extra = ext4_inode_extra_size(inode), start = EXT4_INODE_BYTES_MIN + extra;
    uint8_t *bytes = (uint8_t *)inode->disk;

    *present = false;
    *area = (struct area){.inode = inode};
    if (extra == 0 || start + sizeof(struct le32) + END_BYTES > inode->fs->inode_bytes) {
        return EXT4_OK;
    }
    area->base = area->first = bytes + start + sizeof(struct le32);
    area->end = bytes + inode->fs->inode_bytes;
    *present = le32_get((const struct le32 *)(bytes + start)) == EXT4_XATTR_MAGIC;
    return *present ? check_area(area) : EXT4_OK;
}

static enum ext4_status block_area(struct ext4_inode *inode, struct ext4_buf *buf,
                                   struct area *area)
{
    const struct disk_xattr_header *header = (const struct disk_xattr_header *)buf->data;

    *area = (struct area){inode, buf, buf->data, buf->data + sizeof(*header),
                          buf->data + inode->fs->block_bytes};
    if (le32_get(&header->magic) != EXT4_XATTR_MAGIC || le32_get(&header->blocks) != 1) {
        return ext4_corrupt(inode->fs, "inode %u: attribute block %llu with magic 0x%08x",
                            inode->number, (unsigned long long)buf->block,
                            le32_get(&header->magic));
    }
    return check_area(area);
}

/* In the order that blocks are sorted by. */
static int compare(const struct disk_xattr_entry *entry, const struct key *key)
{
    if (entry->name_index != key->index) {
        return entry->name_index < key->index ? -1 : 1;
    }
    if (entry->name_length != key->length) {
        return entry->name_length < key->length ? -1 : 1;
    }
    return memcmp(entry->name, key->name, key->length);
}

static uint8_t *find(const struct area *area, const struct key *key)
{
    for (uint8_t *at = area->first; !is_last(area, at); at = next_entry(at)) {
        if (compare(entry_at(at), key) == 0) {
            return at;
        }
    }
    return NULL;
}

/* ---- reading ------------------------------------------------------------- */

/* Calls `visit` with the inode's area and the block's, as far as there are any, until it says other
 * than EXT4_NOT_FOUND. */
static enum ext4_status
visit_areas(struct ext4_inode *inode,
            enum ext4_status (*visit)(const struct area *area, void *context), void *context)
{
    struct ext4_fs *fs = inode->fs;
    uint64_t block = ext4_inode_xattr_block(inode);
    enum ext4_status status = EXT4_NOT_FOUND;
    struct area area;
    struct ext4_buf *buf;
    bool present;

    TRY(inode_area(inode, &area, &present));
    if (present) {
        status = visit(&area, context);
    }
    if (status != EXT4_NOT_FOUND || block == 0) {
        return status;
    }
    TRY(ext4_buf_read(fs, block, EXT4_KIND_XATTR, 0, &buf));
    status = block_area(inode, buf, &area);
    if (status == EXT4_OK) {
        status = visit(&area, context);
    }
    ext4_buf_put(fs, buf);
    return status;
}

struct getting {
    struct key key;
    void *value;
    size_t size, length;
};

static enum ext4_status get_from(const struct area *area, void *context)
{
    struct getting *getting = context;
    const uint8_t *at = find(area, &getting->key);
    const struct disk_xattr_entry *entry = (const struct disk_xattr_entry *)at;

    if (!at) {
        return EXT4_NOT_FOUND;
    }
    if (le32_get(&entry->value_inode) != 0) {
        ext4_log(area->inode->fs, "inode %u: attribute values in inodes are not supported",
                 area->inode->number);
        return EXT4_UNSUPPORTED;
    }
    getting->length = le32_get(&entry->value_size);
    if (getting->size > 0 && getting->size < getting->length) {
        return EXT4_RANGE;
    }
    if (getting->size > 0 && getting->length > 0) {
        memcpy(getting->value, area->base + le16_get(&entry->value_offset), getting->length);
    }
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

static enum ext4_status list_from(const struct area *area, void *context)
{
    struct listing *listing = context;

    for (uint8_t *at = area->first; !is_last(area, at); at = next_entry(at)) {
        const struct disk_xattr_entry *entry = entry_at(at);

        for (int i = 0; i < CLASSES; i++) {
            if (classes[i].index == entry->name_index) {
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

/* ---- changing an area ---------------------------------------------------- */

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t entry_hash(const struct area *area, const struct disk_xattr_entry *entry)
{
    const uint8_t *value = area->base + le16_get(&entry->value_offset);
    uint32_t hash = 0, words = padded(le32_get(&entry->value_size)) / 4;

    for (uint32_t i = 0; i < entry->name_length; i++) {
        hash = rotate(hash, 5) ^ (uint8_t)entry->name[i];
    }
    for (uint32_t i = 0; i < words; i++) {
        hash = rotate(hash, 16) ^ le32_get((const struct le32 *)(value + 4 * i));
    }
    return hash;
}

/* The block's own hash, over those of its entries; 0 when one of them has none. */
static void hash_block(const struct area *area)
{
    struct disk_xattr_header *header = (struct disk_xattr_header *)area->buf->data;
    uint32_t hash = 0;

    for (uint8_t *at = area->first; !is_last(area, at); at = next_entry(at)) {
        uint32_t one = le32_get(&entry_at(at)->hash);

        if (one == 0) {
            hash = 0;
            break;
        }
        hash = rotate(hash, 16) ^ one;
    }
    le32_set(&header->hash, hash);
}

/* Where the values begin, and where the entries end. */
static uint8_t *values_start(const struct area *area, uint8_t **entries_end)
{
    uint8_t *lowest = area->end, *at;

    for (at = area->first; !is_last(area, at); at = next_entry(at)) {
        const struct disk_xattr_entry *entry = entry_at(at);
        uint8_t *value = area->base + le16_get(&entry->value_offset);

        if (le32_get(&entry->value_size) > 0 && le32_get(&entry->value_inode) == 0 &&
            value < lowest) {
            lowest = value;
        }
    }
    *entries_end = at;
    return lowest;
}

static void remove_value(struct area *area, const struct disk_xattr_entry *gone)
{
    uint32_t bytes = padded(le32_get(&gone->value_size)), offset = le16_get(&gone->value_offset);
    uint8_t *entries_end, *start = values_start(area, &entries_end);

    if (bytes == 0) {
        return;
    }
    memmove(start + bytes, start, (size_t)(area->base + offset - start));
    memset(start, 0, bytes);
    for (uint8_t *at = area->first; !is_last(area, at); at = next_entry(at)) {
        struct disk_xattr_entry *entry = entry_at(at);

        if (le32_get(&entry->value_size) > 0 && le16_get(&entry->value_offset) < offset) {
            le16_set(&entry->value_offset, le16_get(&entry->value_offset) + bytes);
        }
    }
}

static void remove_entry(struct area *area, uint8_t *at)
{
    uint8_t *entries_end, *next;

    remove_value(area, entry_at(at));
    values_start(area, &entries_end);
    next = next_entry(at);
    memmove(at, next, (size_t)(entries_end - next));
    memset(at + (entries_end - next), 0, (size_t)(next - at));
}

static bool fits(const struct area *area, const struct key *key, size_t bytes)
{
    uint8_t *entries_end, *start = values_start(area, &entries_end);
    size_t need = entry_bytes(key->length) + padded((uint32_t)bytes) + END_BYTES;

    return area->first && (size_t)(start - entries_end) >= need;
}

static void insert_entry(struct area *area, const struct key *key, const void *value, size_t bytes)
{
    uint8_t *entries_end, *start = values_start(area, &entries_end), *at = area->first;
    uint32_t need = entry_bytes(key->length), room = padded((uint32_t)bytes);
    struct disk_xattr_entry *entry;

    while (at < entries_end && compare(entry_at(at), key) < 0) {
        at = next_entry(at);
    }
    memmove(at + need, at, (size_t)(entries_end - at));
    memset(at, 0, need);
    entry = entry_at(at);
    entry->name_length = key->length;
    entry->name_index = key->index;
    memcpy(entry->name, key->name, key->length);
    le32_set(&entry->value_size, (uint32_t)bytes);
    if (bytes > 0) {
        memset(start - room, 0, room);
        memcpy(start - room, value, bytes);
        le16_set(&entry->value_offset, (uint32_t)(start - room - area->base));
    }
    le32_set(&entry->hash, entry_hash(area, entry));
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
                                  struct area *area)
{
    uint64_t block = ext4_inode_xattr_block(inode);
    struct ext4_buf *buf, *copy;

    TRY(ext4_touch(handle, block, EXT4_KIND_XATTR, 0, &buf));
    TRY(block_area(inode, buf, area));
    if (le32_get(&((struct disk_xattr_header *)buf->data)->references) <= 1) {
        return EXT4_OK;
    }
    TRY(ext4_xattr_free_block(handle, inode));
    TRY(new_block(handle, inode, &copy));
    memcpy(copy->data + sizeof(struct disk_xattr_header), area->first,
           (size_t)(area->end - area->first));
    return block_area(inode, copy, area);
}

/* ---- setting ------------------------------------------------------------- */

struct setting {
    struct ext4_inode *inode;
    struct key key;
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
    struct area area;
    bool present;
    uint8_t *at;

    *was_there = false;
    TRY(inode_area(inode, &area, &present));
    at = present ? find(&area, &setting->key) : NULL;
    if (at) {
        remove_entry(&area, at);
        *was_there = true;
        return EXT4_OK;
    }
    if (ext4_inode_xattr_block(inode) == 0) {
        return EXT4_OK;
    }
    TRY(own_block(handle, inode, &area));
    at = find(&area, &setting->key);
    if (at) {
        remove_entry(&area, at);
        hash_block(&area);
        *was_there = true;
    }
    return EXT4_OK;
}

static enum ext4_status put_in_inode(const struct setting *setting, bool *done)
{
    struct area area;
    bool present;

    *done = false;
    TRY(inode_area(setting->inode, &area, &present));
    if (!area.first) {
        return EXT4_OK;
    }
    if (!present) {
        le32_set((struct le32 *)(area.first - sizeof(struct le32)), EXT4_XATTR_MAGIC);
        memset(area.first, 0, (size_t)(area.end - area.first));
    }
    if (fits(&area, &setting->key, setting->length)) {
        insert_entry(&area, &setting->key, setting->value, setting->length);
        *done = true;
    }
    return EXT4_OK;
}

static enum ext4_status put_in_block(struct ext4_handle *handle, const struct setting *setting)
{
    struct ext4_inode *inode = setting->inode;
    struct ext4_buf *buf;
    struct area area;

    if (ext4_inode_xattr_block(inode) == 0) {
        TRY(new_block(handle, inode, &buf));
    }
    TRY(own_block(handle, inode, &area));
    if (!fits(&area, &setting->key, setting->length)) {
        return EXT4_NO_SPACE;
    }
    insert_entry(&area, &setting->key, setting->value, setting->length);
    hash_block(&area);
    return EXT4_OK;
}

/* A block without attributes goes back. */
static enum ext4_status drop_empty_block(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_buf *buf;
    struct area area;

    if (ext4_inode_xattr_block(inode) == 0) {
        return EXT4_OK;
    }
    TRY(ext4_look(handle, ext4_inode_xattr_block(inode), EXT4_KIND_XATTR, 0, &buf));
    TRY(block_area(inode, buf, &area));
    return is_last(&area, area.first) ? ext4_xattr_free_block(handle, inode) : EXT4_OK;
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

static enum ext4_status check_values(const struct area *area, void *context)
{
    struct ext4_fs *fs = area->inode->fs;

    (void)context;
    for (uint8_t *at = area->first; !is_last(area, at); at = next_entry(at)) {
        const struct disk_xattr_entry *entry = entry_at(at);
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
                   said != entry_hash(area, entry)) {
            return ext4_corrupt(fs, "inode %u: attribute hash 0x%08x, expected 0x%08x",
                                area->inode->number, said, entry_hash(area, entry));
        }
    }
    return EXT4_NOT_FOUND;
}

enum ext4_status ext4_xattr_check(struct ext4_inode *inode)
{
    enum ext4_status status = visit_areas(inode, check_values, NULL);

    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}
