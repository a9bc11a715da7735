// SPDX-License-Identifier: BSD-2-Clause
#include "seal.h"

#include "fs.h"
#include "group.h"
#include "super.h"

/* ---- extents: behind the last entry there could be ------------------------ */

static struct le32 *extent_tail(const struct ext4_fs *fs, struct ext4_buf *buf)
{
    const struct disk_extent_header *header = (const struct disk_extent_header *)buf->data;
    size_t offset = sizeof(*header) + le16_get(&header->max) * sizeof(struct disk_extent);

    return offset + sizeof(struct le32) <= fs->block_bytes ? (struct le32 *)(buf->data + offset)
                                                           : NULL;
}

static uint32_t extent_checksum(struct ext4_fs *fs, struct ext4_buf *buf, struct le32 *tail,
                                uint32_t seed)
{
    return ext4_crc32c(&fs->crc, seed, buf->data, (size_t)((uint8_t *)tail - buf->data));
}

/* ---- directories --------------------------------------------------------- */

static struct disk_entry_tail *directory_tail(const struct ext4_fs *fs, struct ext4_buf *buf)
{
    struct disk_entry_tail *tail =
        (struct disk_entry_tail *)(buf->data + fs->block_bytes - sizeof(*tail));

    if (le32_get(&tail->inode) != 0 || le16_get(&tail->length) != sizeof(*tail) ||
        tail->name_length != 0 || tail->type != EXT4_ENTRY_TAIL_TYPE) {
        return NULL;
    }
    return tail;
}

static uint32_t directory_checksum(struct ext4_fs *fs, struct ext4_buf *buf, uint32_t seed)
{
    return ext4_crc32c(&fs->crc, seed, buf->data, fs->block_bytes - sizeof(struct disk_entry_tail));
}

/* A node begins with a free entry as long as the block; the root with the entry "." */
static size_t index_offset(const struct ext4_buf *buf)
{
    const struct disk_entry *first = (const struct disk_entry *)buf->data;

    return le32_get(&first->inode) == 0 ? EXT4_INDEX_NODE_OFFSET : EXT4_INDEX_ROOT_OFFSET;
}

static struct disk_index_tail *index_tail(const struct ext4_fs *fs, struct ext4_buf *buf)
{
    const struct disk_index_entry *first =
        (const struct disk_index_entry *)(buf->data + index_offset(buf));
    size_t offset = index_offset(buf) + le16_get(&first->limit) * sizeof(*first);

    if (le16_get(&first->count) > le16_get(&first->limit) ||
        offset + sizeof(struct disk_index_tail) > fs->block_bytes) {
        return NULL;
    }
    return (struct disk_index_tail *)(buf->data + offset);
}

static uint32_t index_checksum(struct ext4_fs *fs, struct ext4_buf *buf,
                               const struct disk_index_tail *tail, uint32_t seed)
{
    const struct disk_index_entry *first =
        (const struct disk_index_entry *)(buf->data + index_offset(buf));
    size_t used = index_offset(buf) + le16_get(&first->count) * sizeof(*first);
    struct le32 zero = {{0}};
    uint32_t made = ext4_crc32c(&fs->crc, seed, buf->data, used);

    made = ext4_crc32c(&fs->crc, made, &tail->reserved, sizeof(tail->reserved));
    return ext4_crc32c(&fs->crc, made, &zero, sizeof(zero));
}

/* ---- orphans ------------------------------------------------------------- */

static struct disk_orphan_tail *orphan_tail(const struct ext4_fs *fs, struct ext4_buf *buf)
{
    return (struct disk_orphan_tail *)(buf->data + fs->block_bytes -
                                       sizeof(struct disk_orphan_tail));
}

static uint32_t orphan_checksum(struct ext4_fs *fs, const struct ext4_buf *buf, uint32_t seed)
{
    struct le64 number;

    le64_set(&number, buf->block);
    return ext4_crc32c(&fs->crc, ext4_crc32c(&fs->crc, seed, &number, sizeof(number)), buf->data,
                       fs->block_bytes - sizeof(struct disk_orphan_tail));
}

/* ---- extended attributes ------------------------------------------------- */

static uint32_t xattr_checksum(struct ext4_fs *fs, const struct ext4_buf *buf)
{
    size_t offset = offsetof(struct disk_xattr_header, checksum),
           after = offset + sizeof(struct le32);
    struct le64 number;
    struct le32 zero = {{0}};
    uint32_t made;

    le64_set(&number, buf->block);
    made = ext4_crc32c(&fs->crc, fs->checksum_seed, &number, sizeof(number));
    made = ext4_crc32c(&fs->crc, made, buf->data, offset);
    made = ext4_crc32c(&fs->crc, made, &zero, sizeof(zero));
    return ext4_crc32c(&fs->crc, made, buf->data + after, fs->block_bytes - after);
}

/* ---- all of them --------------------------------------------------------- */

/* Where the checksum lies and what it should be; false if it has no place. Only kinds that have one
 * inside. */
static bool find_seal(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_kind kind, uint32_t seed,
                      struct le32 **field, uint32_t *made)
{
    *field = NULL;
    if (kind == EXT4_KIND_EXTENTS) {
        *field = extent_tail(fs, buf);
        *made = *field ? extent_checksum(fs, buf, *field, seed) : 0;
    } else if (kind == EXT4_KIND_DIRECTORY) {
        struct disk_entry_tail *tail = directory_tail(fs, buf);

        *field = tail ? &tail->checksum : NULL;
        *made = directory_checksum(fs, buf, seed);
    } else if (kind == EXT4_KIND_INDEX) {
        struct disk_index_tail *tail = index_tail(fs, buf);

        *field = tail ? &tail->checksum : NULL;
        *made = tail ? index_checksum(fs, buf, tail, seed) : 0;
    } else if (kind == EXT4_KIND_ORPHANS) {
        *field = &orphan_tail(fs, buf)->checksum;
        *made = orphan_checksum(fs, buf, seed);
    } else if (kind == EXT4_KIND_XATTR) {
        *field = &((struct disk_xattr_header *)buf->data)->checksum;
        *made = xattr_checksum(fs, buf);
    }
    return *field;
}

static bool has_seal(enum ext4_kind kind)
{
    return kind == EXT4_KIND_EXTENTS || kind == EXT4_KIND_DIRECTORY || kind == EXT4_KIND_INDEX ||
           kind == EXT4_KIND_ORPHANS || kind == EXT4_KIND_XATTR;
}

static bool is_bitmap(enum ext4_kind kind)
{
    return kind == EXT4_KIND_BLOCK_BITMAP || kind == EXT4_KIND_INODE_BITMAP;
}

static enum ext4_status check_bitmap(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_kind kind,
                                     uint32_t number)
{
    uint32_t made = ext4_bitmap_checksum(fs, buf, kind), said;
    struct ext4_group group;

    TRY(ext4_group_load(fs, number, &group));
    said =
        kind == EXT4_KIND_BLOCK_BITMAP ? group.block_bitmap_checksum : group.inode_bitmap_checksum;
    if (said != made) {
        return ext4_corrupt(fs, "group %u: %s bitmap checksum 0x%08x, expected 0x%08x", number,
                            kind == EXT4_KIND_BLOCK_BITMAP ? "block" : "inode", said, made);
    }
    return EXT4_OK;
}

static const char *kind_name(enum ext4_kind kind)
{
    switch (kind) {
    case EXT4_KIND_EXTENTS: return "extent";
    case EXT4_KIND_DIRECTORY: return "directory";
    case EXT4_KIND_INDEX: return "directory index";
    case EXT4_KIND_ORPHANS: return "orphan";
    case EXT4_KIND_XATTR: return "attribute";
    default: return "metadata";
    }
}

static enum ext4_status check(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_kind kind,
                              uint32_t seed)
{
    struct le32 *field;
    uint32_t made;

    if (is_bitmap(kind)) {
        return check_bitmap(fs, buf, kind, seed);
    }
    if (!has_seal(kind)) {
        return EXT4_OK;
    }
    if (!find_seal(fs, buf, kind, seed, &field, &made)) {
        return ext4_corrupt(fs, "block %llu: %s block without a place for its checksum",
                            (unsigned long long)buf->block, kind_name(kind));
    }
    if (le32_get(field) != made) {
        return ext4_corrupt(fs, "block %llu: %s block checksum 0x%08x, expected 0x%08x",
                            (unsigned long long)buf->block, kind_name(kind), le32_get(field), made);
    }
    return EXT4_OK;
}

enum ext4_status ext4_seal_check(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_kind kind,
                                 uint32_t seed)
{
    if (ext4_has_checksums(fs)) {
        TRY(check(fs, buf, kind, seed));
    }
    buf->kind = (uint8_t)kind;
    buf->seed = seed;
    buf->verified = true;
    return EXT4_OK;
}

bool ext4_seal_put(struct ext4_fs *fs, struct ext4_buf *buf)
{
    struct le32 *field;
    uint32_t made;

    if (!find_seal(fs, buf, buf->kind, buf->seed, &field, &made)) {
        return false;
    }
    le32_set(field, made);
    return true;
}

void ext4_seal_make(struct ext4_fs *fs, struct ext4_buf *buf)
{
    if (buf->kind == EXT4_KIND_SUPER) {
        ext4_super_seal(fs, ext4_super(fs));
    }
    if (ext4_has_checksums(fs) && is_bitmap(buf->kind)) {
        ext4_group_seal_bitmap(fs, buf);
    }
    if (ext4_has_checksums(fs) && has_seal(buf->kind)) {
        bool found = ext4_seal_put(fs, buf);

        ext4_assert(found);
    }
}
