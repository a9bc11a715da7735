// SPDX-License-Identifier: BSD-2-Clause
#include "group.h"

#include "fs.h"
#include "super.h"

#include <tiny/string.h>

uint64_t ext4_group_first_block(const struct ext4_fs *fs, uint32_t number)
{
    return fs->first_data_block + (uint64_t)number * fs->blocks_per_group;
}

uint32_t ext4_group_blocks(const struct ext4_fs *fs, uint32_t number)
{
    return (uint32_t)ext4_min(fs->blocks_per_group,
                              fs->block_count - ext4_group_first_block(fs, number));
}

uint32_t ext4_group_of_block(const struct ext4_fs *fs, uint64_t block)
{
    return (uint32_t)((block - fs->first_data_block) / fs->blocks_per_group);
}

uint32_t ext4_group_of_inode(const struct ext4_fs *fs, uint32_t inode)
{
    return (inode - 1) / fs->inodes_per_group;
}

uint64_t ext4_inode_table_blocks(const struct ext4_fs *fs)
{
    return ext4_divide_up((uint64_t)fs->inodes_per_group * fs->inode_bytes, fs->block_bytes);
}

static bool is_power_of(uint32_t number, uint32_t base)
{
    while (number > 1 && number % base == 0) {
        number /= base;
    }
    return number == 1;
}

static bool has_super(struct ext4_fs *fs, uint32_t number)
{
    if (number == 0) {
        return true;
    }
    if (fs->compat & EXT4_COMPAT_SPARSE_SUPER2) {
        const struct disk_super *super = ext4_super(fs);

        return number == le32_get(&super->backup_groups[0]) ||
               number == le32_get(&super->backup_groups[1]);
    }
    if (!(fs->ro_compat & EXT4_RO_SPARSE_SUPER)) {
        return true;
    }
    return number == 1 || is_power_of(number, 3) || is_power_of(number, 5) ||
           is_power_of(number, 7);
}

static uint32_t per_block(const struct ext4_fs *fs)
{
    return fs->block_bytes / fs->desc_bytes;
}

/* Whether the descriptors of this group lie in its meta group rather than behind the superblock. */
static bool in_meta_group(struct ext4_fs *fs, uint32_t number)
{
    return fs->incompat & EXT4_INCOMPAT_META_BG &&
           number / per_block(fs) >= le32_get(&ext4_super(fs)->first_meta_bg);
}

uint64_t ext4_group_desc_block(struct ext4_fs *fs, uint32_t number)
{
    uint32_t index = number / per_block(fs), first = index * per_block(fs);
    uint64_t behind_super = (EXT4_SUPER_OFFSET >> fs->block_shift) + 1;

    if (!in_meta_group(fs, number)) {
        return behind_super + index;
    }
    if (first == 0) {
        return behind_super;
    }
    return ext4_group_first_block(fs, first) + (has_super(fs, first) ? 1 : 0);
}

static uint32_t head_blocks(struct ext4_fs *fs, uint32_t number)
{
    const struct disk_super *super = ext4_super(fs);
    uint32_t own = has_super(fs, number) ? 1 : 0, place = number % per_block(fs);
    uint64_t tables = ext4_divide_up(fs->group_count, per_block(fs));

    if (in_meta_group(fs, number)) {
        bool copy = place == 0 || place == 1 || place == per_block(fs) - 1;

        return own + (copy ? 1 : 0);
    }
    if (!own) {
        return 0;
    }
    if (fs->incompat & EXT4_INCOMPAT_META_BG) {
        return 1 + (uint32_t)ext4_min(tables, le32_get(&super->first_meta_bg));
    }
    return 1 + (uint32_t)tables + le16_get(&super->reserved_gdt_blocks);
}

/* What the superblock says can be more than there is. */
uint32_t ext4_group_head_blocks(struct ext4_fs *fs, uint32_t number)
{
    return (uint32_t)ext4_min(head_blocks(fs, number), ext4_group_blocks(fs, number));
}

static uint16_t desc_checksum(struct ext4_fs *fs, uint32_t number, const struct disk_group *disk)
{
    size_t offset = offsetof(struct disk_group, checksum), after = offset + sizeof(struct le16);
    struct le16 zero = {{0, 0}};
    const uint8_t *bytes = (const uint8_t *)disk;
    struct le32 le_number;
    uint16_t crc;

    if (ext4_has_checksums(fs)) {
        uint32_t made = ext4_crc32c_number(&fs->crc, fs->checksum_seed, number);

        made = ext4_crc32c(&fs->crc, made, bytes, offset);
        made = ext4_crc32c(&fs->crc, made, &zero, sizeof(zero));
        return (uint16_t)ext4_crc32c(&fs->crc, made, bytes + after, fs->desc_bytes - after);
    }
    le32_set(&le_number, number);
    crc = ext4_crc16(0xffff, ext4_super(fs)->uuid, sizeof(ext4_super(fs)->uuid));
    crc = ext4_crc16(crc, &le_number, sizeof(le_number));
    crc = ext4_crc16(crc, bytes, offset);
    if (fs->desc_bytes > after) {
        crc = ext4_crc16(crc, bytes + after, fs->desc_bytes - after);
    }
    return crc;
}

static bool desc_has_checksum(const struct ext4_fs *fs)
{
    return fs->ro_compat & (EXT4_RO_METADATA_CSUM | EXT4_RO_GDT_CSUM);
}

void ext4_group_seal(struct ext4_fs *fs, uint32_t number, struct disk_group *disk)
{
    if (desc_has_checksum(fs)) {
        le16_set(&disk->checksum, desc_checksum(fs, number, disk));
    }
}

static bool wide(const struct ext4_fs *fs)
{
    return fs->desc_bytes >= EXT4_DESC_BYTES_64;
}

static void decode(const struct ext4_fs *fs, const struct disk_group *disk,
                   struct ext4_group *group)
{
    group->flags = desc_has_checksum(fs) ? le16_get(&disk->flags) : 0;
    group->stray =
        desc_has_checksum(fs) ? 0 : le16_get(&disk->flags) | le16_get(&disk->unused_inodes_lo);
    group->block_bitmap = le32_get(&disk->block_bitmap_lo);
    group->inode_bitmap = le32_get(&disk->inode_bitmap_lo);
    group->inode_table = le32_get(&disk->inode_table_lo);
    group->free_blocks = le16_get(&disk->free_blocks_lo);
    group->free_inodes = le16_get(&disk->free_inodes_lo);
    group->directories = le16_get(&disk->directories_lo);
    group->unused_inodes = desc_has_checksum(fs) ? le16_get(&disk->unused_inodes_lo) : 0;
    group->block_bitmap_checksum = le16_get(&disk->block_bitmap_checksum_lo);
    group->inode_bitmap_checksum = le16_get(&disk->inode_bitmap_checksum_lo);
    if (!wide(fs)) {
        return;
    }
    group->block_bitmap |= (uint64_t)le32_get(&disk->block_bitmap_hi) << 32;
    group->inode_bitmap |= (uint64_t)le32_get(&disk->inode_bitmap_hi) << 32;
    group->inode_table |= (uint64_t)le32_get(&disk->inode_table_hi) << 32;
    group->free_blocks |= (uint32_t)le16_get(&disk->free_blocks_hi) << 16;
    group->free_inodes |= (uint32_t)le16_get(&disk->free_inodes_hi) << 16;
    group->directories |= (uint32_t)le16_get(&disk->directories_hi) << 16;
    group->unused_inodes |=
        desc_has_checksum(fs) ? (uint32_t)le16_get(&disk->unused_inodes_hi) << 16 : 0;
    group->block_bitmap_checksum |= (uint32_t)le16_get(&disk->block_bitmap_checksum_hi) << 16;
    group->inode_bitmap_checksum |= (uint32_t)le16_get(&disk->inode_bitmap_checksum_hi) << 16;
}

static bool outside(const struct ext4_fs *fs, uint64_t block, uint64_t count)
{
    return block <= fs->first_data_block || count > fs->block_count ||
           block > fs->block_count - count;
}

static enum ext4_status check(struct ext4_fs *fs, const struct ext4_group *group)
{
    if (outside(fs, group->block_bitmap, 1) || outside(fs, group->inode_bitmap, 1) ||
        outside(fs, group->inode_table, ext4_inode_table_blocks(fs))) {
        return ext4_corrupt(fs, "group %u: bitmaps at %llu and %llu, inode table at %llu",
                            group->number, (unsigned long long)group->block_bitmap,
                            (unsigned long long)group->inode_bitmap,
                            (unsigned long long)group->inode_table);
    }
    if (group->free_blocks << fs->cluster_shift > fs->blocks_per_group ||
        group->free_inodes > fs->inodes_per_group || group->unused_inodes > fs->inodes_per_group ||
        group->directories > fs->inodes_per_group) {
        return ext4_corrupt(fs, "group %u: %u free blocks, %u free and %u unused inodes",
                            group->number, group->free_blocks, group->free_inodes,
                            group->unused_inodes);
    }
    return EXT4_OK;
}

enum ext4_status ext4_group_load(struct ext4_fs *fs, uint32_t number, struct ext4_group *group)
{
    const struct disk_group *disk;
    struct ext4_buf *buf;
    uint16_t said, made;

    ext4_assert(number < fs->group_count);
    TRY(ext4_buf_read(fs, ext4_group_desc_block(fs, number), EXT4_KIND_PLAIN, 0, &buf));
    disk = (const struct disk_group *)(buf->data + number % per_block(fs) * fs->desc_bytes);
    group->number = number;
    decode(fs, disk, group);
    said = le16_get(&disk->checksum);
    made = desc_has_checksum(fs) ? desc_checksum(fs, number, disk) : said;
    ext4_buf_put(fs, buf);
    if (said != made) {
        return ext4_corrupt(fs, "group %u: descriptor checksum 0x%04x, expected 0x%04x", number,
                            said, made);
    }
    return check(fs, group);
}

static void encode(struct ext4_fs *fs, const struct ext4_group *group, struct disk_group *disk)
{
    le16_set(&disk->free_blocks_lo, group->free_blocks);
    le16_set(&disk->free_inodes_lo, group->free_inodes);
    le16_set(&disk->directories_lo, group->directories);
    if (desc_has_checksum(fs)) {
        le16_set(&disk->flags, group->flags);
        le16_set(&disk->unused_inodes_lo, group->unused_inodes);
    }
    if (wide(fs)) {
        le16_set(&disk->free_blocks_hi, group->free_blocks >> 16);
        le16_set(&disk->free_inodes_hi, group->free_inodes >> 16);
        le16_set(&disk->directories_hi, group->directories >> 16);
        le16_set(&disk->unused_inodes_hi, group->unused_inodes >> 16);
    }
    ext4_group_seal(fs, group->number, disk);
}

enum ext4_status ext4_group_store(struct ext4_handle *handle, const struct ext4_group *group)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_buf *buf;

    TRY(ext4_touch(handle, ext4_group_desc_block(fs, group->number), EXT4_KIND_PLAIN, 0, &buf));
    encode(fs, group,
           (struct disk_group *)(buf->data + group->number % per_block(fs) * fs->desc_bytes));
    return EXT4_OK;
}

enum ext4_status ext4_group_count_free(struct ext4_fs *fs, uint64_t *blocks, uint64_t *inodes)
{
    *blocks = *inodes = 0;
    for (uint32_t number = 0; number < fs->group_count; number++) {
        struct ext4_group group;

        TRY(ext4_group_load(fs, number, &group));
        *blocks += group.free_blocks;
        *inodes += group.free_inodes;
    }
    return EXT4_OK;
}

uint32_t ext4_bitmap_checksum_mask(const struct ext4_fs *fs)
{
    return wide(fs) ? 0xffffffff : 0xffff;
}

uint32_t ext4_bitmap_checksum(struct ext4_fs *fs, const struct ext4_buf *buf, enum ext4_kind kind)
{
    uint32_t bits = kind == EXT4_KIND_BLOCK_BITMAP ? fs->blocks_per_group >> fs->cluster_shift
                                                   : fs->inodes_per_group;

    return ext4_crc32c(&fs->crc, fs->checksum_seed, buf->data, bits / 8) &
           ext4_bitmap_checksum_mask(fs);
}

void ext4_group_set_bitmap_checksum(struct ext4_fs *fs, struct disk_group *disk,
                                    const struct ext4_buf *bitmap)
{
    uint32_t checksum = ext4_bitmap_checksum(fs, bitmap, bitmap->kind);
    bool blocks = bitmap->kind == EXT4_KIND_BLOCK_BITMAP;

    le16_set(blocks ? &disk->block_bitmap_checksum_lo : &disk->inode_bitmap_checksum_lo, checksum);
    if (wide(fs)) {
        le16_set(blocks ? &disk->block_bitmap_checksum_hi : &disk->inode_bitmap_checksum_hi,
                 checksum >> 16);
    }
}

void ext4_group_seal_bitmap(struct ext4_fs *fs, const struct ext4_buf *bitmap)
{
    uint32_t number = bitmap->seed;
    struct ext4_buf *buf = ext4_buf_peek(fs, ext4_group_desc_block(fs, number));
    struct disk_group *disk;

    /* A change that was undone before it came to the descriptor. */
    if (!buf || !ext4_buf_is_held_back(buf)) {
        return;
    }
    disk = (struct disk_group *)(buf->data + number % per_block(fs) * fs->desc_bytes);
    ext4_group_set_bitmap_checksum(fs, disk, bitmap);
    ext4_group_seal(fs, number, disk);
}
