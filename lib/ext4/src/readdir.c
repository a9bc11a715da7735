// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading directories from a position on that stays good.
 *
 * Where there are indexes, entries come in the order of their hashes, also from directories of one
 * block, which may grow an index at any time: the position is the hash of the last entry given.
 * Elsewhere a position is the byte where to go on.
 */
#include "dir.h"
#include "fs.h"
#include "sort.h"

#include <tiny/string.h>

/* Positions of "." and ".." in hash order; hashes come behind. */
enum { POSITION_DOT = 1, POSITION_DOTDOT = 2, POSITION_HASHES = 3 };

/* So many leaves may have names of one hash. */
enum { SAME_HASH_MAX = 4096 };

struct reader {
    struct ext4_inode *dir;
    uint64_t position;
    bool (*take)(void *context, const struct ext4_entry *entry);
    void *context;
    bool stopped;
};

static void give(struct reader *reader, const struct disk_entry *disk, uint64_t next)
{
    bool typed = reader->dir->fs->incompat & EXT4_INCOMPAT_FILETYPE;
    struct ext4_entry entry = {.name = disk->name,
                               .length = disk->name_length,
                               .inode = le32_get(&disk->inode),
                               .type = EXT4_TYPE_UNKNOWN,
                               .next = next};

    if (typed && disk->type <= EXT4_TYPE_SYMLINK) {
        entry.type = (enum ext4_type)disk->type;
    }
    reader->position = next;
    reader->stopped = !reader->take(reader->context, &entry);
}

/* A name goes into paths of whoever reads it: one with a slash could lead anywhere. */
static enum ext4_status check_name(const struct reader *reader, const struct disk_entry *entry)
{
    size_t length = entry->name_length;

    if (length == 0 || memchr(entry->name, '/', length) || memchr(entry->name, 0, length)) {
        return ext4_corrupt(reader->dir->fs, "directory %u: an entry of %u bytes is no name",
                            reader->dir->number, entry->name_length);
    }
    return EXT4_OK;
}

/* ---- in order of bytes --------------------------------------------------- */

static enum ext4_status give_block(struct reader *reader, struct ext4_buf *buf, uint64_t base)
{
    struct ext4_fs *fs = reader->dir->fs;
    struct disk_entry *entry;

    for (uint32_t offset = 0; offset < fs->block_bytes && !reader->stopped;
         offset += ext4_entry_length(fs, entry)) {
        TRY(ext4_dir_entry(reader->dir, buf, offset, &entry));
        if (le32_get(&entry->inode) != 0 && base + offset >= reader->position) {
            TRY(check_name(reader, entry));
            give(reader, entry, base + offset + ext4_entry_length(fs, entry));
        }
    }
    return EXT4_OK;
}

static enum ext4_status read_bytes(struct reader *reader)
{
    struct ext4_inode *dir = reader->dir;
    uint64_t logical = reader->position >> dir->fs->block_shift;

    for (; logical < ext4_dir_blocks(dir) && !reader->stopped; logical++) {
        struct ext4_buf *buf;
        enum ext4_status status;

        TRY(ext4_dir_read(NULL, dir, (uint32_t)logical, EXT4_KIND_DIRECTORY, &buf));
        status = give_block(reader, buf, logical << dir->fs->block_shift);
        ext4_buf_put(dir->fs, buf);
        TRY(status);
    }
    return EXT4_OK;
}

/* ---- in order of hashes -------------------------------------------------- */

/* An entry has at least 12 bytes, so those of a block fit in a frame. */
struct item {
    struct ext4_hash hash;
    uint16_t offset;
};

static uint64_t position_of(struct ext4_hash hash)
{
    return ((uint64_t)(hash.major >> 1) << 32 | hash.minor) + POSITION_HASHES;
}

static bool item_before(const void *a, const void *b)
{
    const struct item *first = a, *second = b;

    return position_of(first->hash) < position_of(second->hash);
}

static bool is_dots(const struct disk_entry *entry)
{
    return entry->name[0] == '.' &&
           (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'));
}

static enum ext4_status collect(struct reader *reader, struct ext4_buf *buf, struct item *items,
                                uint32_t *count)
{
    struct ext4_fs *fs = reader->dir->fs;
    struct disk_entry *entry;

    *count = 0;
    for (uint32_t offset = 0; offset < fs->block_bytes; offset += ext4_entry_length(fs, entry)) {
        struct item item = {.offset = (uint16_t)offset};

        TRY(ext4_dir_entry(reader->dir, buf, offset, &entry));
        if (le32_get(&entry->inode) == 0 || is_dots(entry)) {
            continue;
        }
        TRY(check_name(reader, entry));
        TRY(ext4_index_hash(reader->dir, (struct ext4_name){entry->name, entry->name_length},
                            &item.hash));
        if (position_of(item.hash) > reader->position) {
            items[(*count)++] = item;
        }
    }
    ext4_sort(items, *count, sizeof(*items), item_before);
    return EXT4_OK;
}

static enum ext4_status give_leaf(struct reader *reader, struct ext4_buf *buf, struct item *items)
{
    uint32_t count;

    TRY(collect(reader, buf, items, &count));
    for (uint32_t i = 0; i < count && !reader->stopped; i++) {
        give(reader, (const struct disk_entry *)(buf->data + items[i].offset),
             position_of(items[i].hash));
    }
    return EXT4_OK;
}

static enum ext4_status read_leaf(struct reader *reader, uint32_t logical, struct item *items)
{
    struct ext4_buf *buf;
    enum ext4_status status;

    TRY(ext4_dir_read(NULL, reader->dir, logical, EXT4_KIND_DIRECTORY, &buf));
    status = give_leaf(reader, buf, items);
    ext4_buf_put(reader->dir->fs, buf);
    return status;
}

static enum ext4_status give_dots(struct reader *reader)
{
    enum ext4_kind kind = ext4_dir_indexed(reader->dir) ? EXT4_KIND_INDEX : EXT4_KIND_DIRECTORY;
    struct ext4_fs *fs = reader->dir->fs;
    enum ext4_status status = EXT4_OK;
    struct disk_entry *entry;
    struct ext4_buf *buf;

    if (reader->position >= POSITION_DOTDOT) {
        return EXT4_OK;
    }
    TRY(ext4_dir_read(NULL, reader->dir, 0, kind, &buf));
    for (uint32_t offset = 0; offset < fs->block_bytes && !reader->stopped;
         offset += ext4_entry_length(fs, entry)) {
        status = ext4_dir_entry(reader->dir, buf, offset, &entry);
        if (status != EXT4_OK) {
            break;
        }
        if (le32_get(&entry->inode) != 0 && is_dots(entry) &&
            reader->position < entry->name_length) {
            give(reader, entry, entry->name_length); /* which is their position */
        }
    }
    ext4_buf_put(fs, buf);
    return status;
}

/* To the leaf that begins at `next`; one that continues a hash has bit 0 set there. What goes back,
 * or on and on with one hash, would not end. */
static enum ext4_status go_on(const struct reader *reader, uint32_t next, uint32_t *hash,
                              uint32_t *skip)
{
    uint32_t begins = next & ~1u;

    if (begins < *hash || *skip == SAME_HASH_MAX) {
        return ext4_corrupt(reader->dir->fs, "directory %u: index goes from hash 0x%08x to 0x%08x",
                            reader->dir->number, *hash, next);
    }
    *skip = begins == *hash ? *skip + 1 : next & 1;
    *hash = begins;
    return EXT4_OK;
}

static enum ext4_status read_index(struct reader *reader, struct item *items)
{
    uint64_t hashes = reader->position < POSITION_HASHES ? 0 : reader->position - POSITION_HASHES;
    uint32_t hash = (uint32_t)(hashes >> 32) << 1, skip = 0, logical, next;
    bool last = false;

    while (!last && !reader->stopped) {
        TRY(ext4_index_leaf(reader->dir, hash, skip, &logical, &next, &last));
        TRY(read_leaf(reader, logical, items));
        if (!last) {
            TRY(go_on(reader, next, &hash, &skip));
        }
    }
    return EXT4_OK;
}

static enum ext4_status read_hashes(struct reader *reader)
{
    struct ext4_fs *fs = reader->dir->fs;
    struct ext4_buf *items;
    enum ext4_status status;

    TRY(give_dots(reader));
    if (reader->stopped) {
        return EXT4_OK;
    }
    TRY(ext4_frame_take(fs, &items));
    status = ext4_dir_indexed(reader->dir) ? read_index(reader, (void *)items->data)
                                           : read_leaf(reader, 0, (void *)items->data);
    ext4_frame_give(fs, items);
    return status;
}

enum ext4_status ext4_readdir(struct ext4_inode *dir, uint64_t position,
                              bool (*take)(void *context, const struct ext4_entry *entry),
                              void *context)
{
    struct reader reader = {dir, position, take, context, false};
    bool hashes = dir->fs->compat & EXT4_COMPAT_DIR_INDEX;
    enum ext4_status status;

    if (!ext4_inode_is(dir, EXT4_MODE_DIRECTORY)) {
        return EXT4_NOT_DIRECTORY;
    }
    ext4_inode_share(dir);
    if (hashes && (ext4_dir_indexed(dir) || ext4_dir_blocks(dir) == 1)) {
        status = read_hashes(&reader);
    } else {
        status = read_bytes(&reader);
    }
    ext4_inode_unshare(dir);
    return status;
}
