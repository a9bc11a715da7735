// SPDX-License-Identifier: BSD-2-Clause
#include "xattr_area.h"

#include "fs.h"

#include <tiny/string.h>

/* The 4 bytes of zeros that end the entries. */
enum { END_BYTES = 4 };

static struct disk_xattr_entry *entry_at(uint8_t *at)
{
    return (struct disk_xattr_entry *)at;
}

static bool is_last(const struct ext4_area *area, const uint8_t *at)
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

static bool has_value(const struct disk_xattr_entry *entry)
{
    return le32_get(&entry->value_size) > 0 && le32_get(&entry->value_inode) == 0;
}

uint8_t *ext4_area_value(const struct ext4_area *area, const struct disk_xattr_entry *entry)
{
    return area->base + le16_get(&entry->value_offset);
}

/* ---- checks -------------------------------------------------------------- */

static enum ext4_status check_outside(const struct ext4_area *area,
                                      const struct disk_xattr_entry *entry)
{
    if (!(area->inode->fs->incompat & EXT4_INCOMPAT_EA_INODE)) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute value in inode %u",
                            area->inode->number, le32_get(&entry->value_inode));
    }
    return EXT4_OK;
}

static enum ext4_status check_entry(const struct ext4_area *area, uint8_t *at)
{
    const struct disk_xattr_entry *entry = entry_at(at);
    size_t left = (size_t)(area->end - at), room = (size_t)(area->end - area->base);
    uint32_t offset, size;

    if (left < sizeof(*entry) || left < entry_bytes(entry->name_length)) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute name beyond the end",
                            area->inode->number);
    }
    if (memchr(entry->name, 0, entry->name_length)) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute name with a zero in it",
                            area->inode->number);
    }
    if (le32_get(&entry->value_inode) != 0) {
        return check_outside(area, entry);
    }
    offset = le16_get(&entry->value_offset);
    size = le32_get(&entry->value_size);
    if (has_value(entry) && (size > room || offset > room || padded(size) > room - offset ||
                             area->base + offset < at)) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute value of %u bytes at %u of %u",
                            area->inode->number, size, offset, (unsigned)room);
    }
    return EXT4_OK;
}

static enum ext4_status check_area(const struct ext4_area *area)
{
    uint8_t *at = area->first, *lowest = area->end;

    for (; !is_last(area, at); at = next_entry(at)) {
        TRY(check_entry(area, at));
        if (has_value(entry_at(at)) && ext4_area_value(area, entry_at(at)) < lowest) {
            lowest = ext4_area_value(area, entry_at(at));
        }
    }
    if (at + END_BYTES > lowest && at > area->first) {
        return ext4_corrupt(area->inode->fs, "inode %u: attribute names and values overlap",
                            area->inode->number);
    }
    return EXT4_OK;
}

enum ext4_status ext4_area_of_inode(struct ext4_inode *inode, struct ext4_area *area)
{
    uint32_t extra = ext4_inode_extra_size(inode), start = EXT4_INODE_BYTES_MIN + extra;
    uint8_t *bytes = (uint8_t *)inode->disk;

    *area = (struct ext4_area){.inode = inode};
    if (extra == 0 || start + sizeof(struct le32) + END_BYTES > inode->fs->inode_bytes) {
        return EXT4_OK;
    }
    area->base = area->first = bytes + start + sizeof(struct le32);
    area->end = bytes + inode->fs->inode_bytes;
    area->present = le32_get((const struct le32 *)(bytes + start)) == EXT4_XATTR_MAGIC;
    return area->present ? check_area(area) : EXT4_OK;
}

enum ext4_status ext4_area_of_block(struct ext4_inode *inode, struct ext4_buf *buf,
                                    struct ext4_area *area)
{
    const struct disk_xattr_header *header = (const struct disk_xattr_header *)buf->data;

    *area = (struct ext4_area){
        inode, buf, buf->data, buf->data + sizeof(*header), buf->data + inode->fs->block_bytes,
        true};
    if (le32_get(&header->magic) != EXT4_XATTR_MAGIC || le32_get(&header->blocks) != 1) {
        return ext4_corrupt(inode->fs, "inode %u: attribute block %llu with magic 0x%08x",
                            inode->number, (unsigned long long)buf->block,
                            le32_get(&header->magic));
    }
    return check_area(area);
}

/* ---- finding ------------------------------------------------------------- */

static struct disk_xattr_entry *entry_or_none(const struct ext4_area *area, uint8_t *at)
{
    return area->present && !is_last(area, at) ? entry_at(at) : NULL;
}

struct disk_xattr_entry *ext4_area_first(const struct ext4_area *area)
{
    return entry_or_none(area, area->first);
}

struct disk_xattr_entry *ext4_area_next(const struct ext4_area *area,
                                        const struct disk_xattr_entry *entry)
{
    return entry_or_none(area, next_entry((uint8_t *)entry));
}

/* In the order that blocks are sorted by. */
static int compare(const struct disk_xattr_entry *entry, const struct ext4_key *key)
{
    if (entry->name_index != key->index) {
        return entry->name_index < key->index ? -1 : 1;
    }
    if (entry->name_length != key->length) {
        return entry->name_length < key->length ? -1 : 1;
    }
    return memcmp(entry->name, key->name, key->length);
}

struct disk_xattr_entry *ext4_area_find(const struct ext4_area *area, const struct ext4_key *key)
{
    struct disk_xattr_entry *entry = ext4_area_first(area);

    while (entry && compare(entry, key) != 0) {
        entry = ext4_area_next(area, entry);
    }
    return entry;
}

/* ---- hashes -------------------------------------------------------------- */

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

uint32_t ext4_area_entry_hash(const struct ext4_area *area, const struct disk_xattr_entry *entry)
{
    const uint8_t *value = ext4_area_value(area, entry);
    uint32_t hash = 0, words = padded(le32_get(&entry->value_size)) / 4;

    for (uint32_t i = 0; i < entry->name_length; i++) {
        hash = rotate(hash, 5) ^ (uint8_t)entry->name[i];
    }
    for (uint32_t i = 0; i < words; i++) {
        hash = rotate(hash, 16) ^ le32_get((const struct le32 *)(value + 4 * i));
    }
    return hash;
}

/* 0 when one of the entries has none. */
void ext4_area_hash(const struct ext4_area *area)
{
    struct disk_xattr_header *header = (struct disk_xattr_header *)area->buf->data;
    const struct disk_xattr_entry *entry = ext4_area_first(area);
    uint32_t hash = 0;

    for (; entry; entry = ext4_area_next(area, entry)) {
        uint32_t one = le32_get(&entry->hash);

        if (one == 0) {
            hash = 0;
            break;
        }
        hash = rotate(hash, 16) ^ one;
    }
    le32_set(&header->hash, hash);
}

/* ---- changing ------------------------------------------------------------ */

/* Where the values begin, and where the entries end. */
static uint8_t *values_start(const struct ext4_area *area, uint8_t **entries_end)
{
    uint8_t *lowest = area->end, *at = area->first;

    for (; area->present && !is_last(area, at); at = next_entry(at)) {
        uint8_t *value = ext4_area_value(area, entry_at(at));

        if (has_value(entry_at(at)) && value < lowest) {
            lowest = value;
        }
    }
    *entries_end = at;
    return lowest;
}

/* Bytes for entries and values. */
static uint32_t free_bytes(const struct ext4_area *area)
{
    uint8_t *entries_end, *start;

    if (!area->first) {
        return 0;
    }
    start = values_start(area, &entries_end);
    return start - entries_end > END_BYTES ? (uint32_t)(start - entries_end) - END_BYTES : 0;
}

uint32_t ext4_area_room(const struct ext4_area *area, const struct disk_xattr_entry *entry)
{
    return free_bytes(area) + (has_value(entry) ? padded(le32_get(&entry->value_size)) : 0);
}

bool ext4_area_fits(const struct ext4_area *area, const struct ext4_key *key, size_t bytes)
{
    return free_bytes(area) >= entry_bytes(key->length) + padded((uint32_t)bytes);
}

/* Values below move by the difference. A value of no bytes is taken to lie below all others. */
void ext4_area_resize(struct ext4_area *area, struct disk_xattr_entry *entry, uint32_t bytes)
{
    uint32_t had = has_value(entry) ? le32_get(&entry->value_size) : 0;
    uint32_t kept = (uint32_t)ext4_min(had, bytes);
    uint8_t *entries_end, *start = values_start(area, &entries_end);
    uint8_t *value = had ? ext4_area_value(area, entry) : start;
    ptrdiff_t up = (ptrdiff_t)padded(had) - (ptrdiff_t)padded(bytes);

    if (up > 0) {
        memmove(value + up, value, kept);
        memmove(start + up, start, (size_t)(value - start));
        memset(start, 0, (size_t)up);
    } else {
        memmove(start + up, start, (size_t)(value - start));
        memmove(value + up, value, kept);
    }
    memset(value + up + kept, 0, padded(bytes) - kept);
    for (struct disk_xattr_entry *at = ext4_area_first(area); at; at = ext4_area_next(area, at)) {
        if (has_value(at) && ext4_area_value(area, at) < value) {
            le16_set(&at->value_offset, (uint32_t)(le16_get(&at->value_offset) + up));
        }
    }
    le32_set(&entry->value_size, bytes);
    le16_set(&entry->value_offset, bytes ? (uint32_t)(value + up - area->base) : 0);
}

void ext4_area_remove(struct ext4_area *area, struct disk_xattr_entry *entry)
{
    uint8_t *entries_end, *at = (uint8_t *)entry, *next = next_entry(at);

    if (has_value(entry)) {
        ext4_area_resize(area, entry, 0);
    }
    values_start(area, &entries_end);
    memmove(at, next, (size_t)(entries_end - next));
    memset(at + (entries_end - next), 0, (size_t)(next - at));
}

/* An inode's first attribute. */
static void begin_area(struct ext4_area *area)
{
    if (!area->present) {
        le32_set((struct le32 *)(area->first - sizeof(struct le32)), EXT4_XATTR_MAGIC);
        memset(area->first, 0, (size_t)(area->end - area->first));
        area->present = true;
    }
}

struct disk_xattr_entry *ext4_area_insert(struct ext4_area *area, const struct ext4_key *key,
                                          const void *value, size_t bytes)
{
    uint32_t need = entry_bytes(key->length);
    uint8_t *entries_end, *at = area->first;
    struct disk_xattr_entry *entry;

    ext4_assert(ext4_area_fits(area, key, bytes));
    begin_area(area);
    values_start(area, &entries_end);
    while (at < entries_end && compare(entry_at(at), key) < 0) {
        at = next_entry(at);
    }
    memmove(at + need, at, (size_t)(entries_end - at));
    memset(at, 0, need);
    entry = entry_at(at);
    entry->name_length = key->length;
    entry->name_index = key->index;
    memcpy(entry->name, key->name, key->length);
    ext4_area_resize(area, entry, (uint32_t)bytes);
    if (bytes > 0) {
        memcpy(ext4_area_value(area, entry), value, bytes);
    }
    le32_set(&entry->hash, ext4_area_entry_hash(area, entry));
    return entry;
}
