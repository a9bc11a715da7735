// SPDX-License-Identifier: BSD-2-Clause
#include "bitmap.h"

#include "bits.h"
#include "fs.h"
#include "group.h"

#include <tiny/string.h>

/* Marks what of [start, start + count) lies in the group. */
static void mark(const struct ext4_fs *fs, const struct ext4_group *group, uint8_t *map,
                 uint64_t start, uint64_t count)
{
    uint64_t base = ext4_group_first_block(fs, group->number);
    uint64_t end = base + fs->blocks_per_group;

    for (uint64_t block = start; block < start + count; block++) {
        if (block >= base && block < end) {
            ext4_bit_set(map, (uint32_t)(block - base));
        }
    }
}

/* The bitmap of a group that was never used is not on the disk: only the group's own metadata is in
 * use. */
static void build_block_bitmap(struct ext4_fs *fs, const struct ext4_group *group, uint8_t *map)
{
    uint32_t blocks = ext4_group_blocks(fs, group->number);

    memset(map, 0, fs->block_bytes);
    ext4_bits_fill(map, 0, ext4_group_head_blocks(fs, group->number));
    mark(fs, group, map, group->block_bitmap, 1);
    mark(fs, group, map, group->inode_bitmap, 1);
    mark(fs, group, map, group->inode_table, ext4_inode_table_blocks(fs));
    ext4_bits_fill(map, blocks, fs->block_bytes * 8 - blocks);
}

enum ext4_status ext4_block_bitmap_init(struct ext4_handle *handle, struct ext4_group *group)
{
    struct ext4_buf *buf;

    if (!(group->flags & EXT4_GROUP_BLOCK_UNINIT)) {
        return EXT4_OK;
    }
    TRY(ext4_touch_new(handle, group->block_bitmap, EXT4_KIND_BLOCK_BITMAP, group->number, &buf));
    build_block_bitmap(handle->fs, group, buf->data);
    group->flags &= ~(uint32_t)EXT4_GROUP_BLOCK_UNINIT;
    return ext4_group_store(handle, group);
}

enum ext4_status ext4_inode_bitmap_init(struct ext4_handle *handle, struct ext4_group *group)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_buf *buf;

    TRY(ext4_block_bitmap_init(handle, group));
    if (!(group->flags & EXT4_GROUP_INODE_UNINIT)) {
        return EXT4_OK;
    }
    TRY(ext4_touch_new(handle, group->inode_bitmap, EXT4_KIND_INODE_BITMAP, group->number, &buf));
    ext4_bits_fill(buf->data, fs->inodes_per_group, fs->block_bytes * 8 - fs->inodes_per_group);
    group->flags &= ~(uint32_t)EXT4_GROUP_INODE_UNINIT;
    group->unused_inodes = fs->inodes_per_group;
    return ext4_group_store(handle, group);
}
