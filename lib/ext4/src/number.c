// SPDX-License-Identifier: BSD-2-Clause
#include "number.h"

#include "bitmap.h"
#include "bits.h"
#include "fs.h"
#include "group.h"

/* A group is roomy when it has more than this part of what groups have on average. */
enum { ROOMY_PART = 2 };

/* A directory in the root begins a part of the tree of its own: the roomiest group that has inodes
 * enough. */
static enum ext4_status choose_for_part(struct ext4_fs *fs, uint32_t *start)
{
    uint64_t average = fs->free_inodes / fs->group_count, best = 0;
    uint32_t offset = ext4_random(fs) % fs->group_count;

    for (uint32_t i = 0; i < fs->group_count; i++) {
        struct ext4_group group;

        TRY(ext4_group_load(fs, (uint32_t)(((uint64_t)offset + i) % fs->group_count), &group));
        if (group.free_inodes > 0 && group.free_inodes >= average && group.free_blocks > best) {
            best = group.free_blocks;
            *start = group.number;
        }
    }
    return EXT4_OK;
}

/* Another directory lies near its parent, where what will be in it finds room. */
static enum ext4_status choose_near(struct ext4_fs *fs, uint32_t *start)
{
    uint64_t inodes = fs->free_inodes / fs->group_count, blocks = fs->free_blocks / fs->group_count;

    for (uint32_t i = 0; i < fs->group_count; i++) {
        struct ext4_group group;

        TRY(ext4_group_load(fs, (uint32_t)(((uint64_t)*start + i) % fs->group_count), &group));
        if (group.free_inodes > inodes / ROOMY_PART && group.free_blocks > blocks / ROOMY_PART) {
            *start = group.number;
            break;
        }
    }
    return EXT4_OK;
}

static enum ext4_status choose_start(struct ext4_fs *fs, uint32_t parent, bool directory,
                                     uint32_t *start)
{
    *start = ext4_group_of_inode(fs, parent);
    if (!directory) {
        return EXT4_OK;
    }
    return parent == EXT4_INODE_ROOT ? choose_for_part(fs, start) : choose_near(fs, start);
}

/* The first that is free; `end` if none is. */
static uint32_t first_free(const struct ext4_fs *fs, uint32_t group, const uint8_t *map)
{
    struct ext4_bits bits = {.maps = {map}, .map_count = 1};

    return ext4_bits_next_clear(&bits, group == 0 ? fs->first_inode - 1 : 0, fs->inodes_per_group);
}

static enum ext4_status take_number(struct ext4_handle *handle, struct ext4_group *group,
                                    bool directory, uint32_t *number)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t bit, used;
    struct ext4_buf *buf;

    TRY(ext4_inode_bitmap_init(handle, group));
    TRY(ext4_touch(handle, group->inode_bitmap, EXT4_KIND_INODE_BITMAP, group->number, &buf));
    bit = first_free(fs, group->number, buf->data);
    if (bit >= fs->inodes_per_group || fs->free_inodes == 0) {
        return ext4_corrupt(fs, "group %u: %u inodes counted as free, none is in the bitmap",
                            group->number, group->free_inodes);
    }
    ext4_bit_set(buf->data, bit);
    group->free_inodes--;
    fs->free_inodes--;
    group->directories += directory;
    used = fs->inodes_per_group - group->unused_inodes;
    if (bit >= used) {
        group->unused_inodes = fs->inodes_per_group - bit - 1;
    }
    *number = group->number * fs->inodes_per_group + bit + 1;
    return ext4_group_store(handle, group);
}

enum ext4_status ext4_number_alloc(struct ext4_handle *handle, uint32_t parent, bool directory,
                                   uint32_t *number)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t start;

    TRY(choose_start(fs, parent, directory, &start));
    for (uint32_t i = 0; i < fs->group_count; i++) {
        struct ext4_group group;

        TRY(ext4_group_load(fs, (uint32_t)(((uint64_t)start + i) % fs->group_count), &group));
        if (group.free_inodes > 0) {
            return take_number(handle, &group, directory, number);
        }
    }
    return EXT4_NO_SPACE;
}

enum ext4_status ext4_number_free(struct ext4_handle *handle, uint32_t number, bool directory)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t bit = (number - 1) % fs->inodes_per_group;
    struct ext4_group group;
    struct ext4_buf *buf;

    TRY(ext4_group_load(fs, ext4_group_of_inode(fs, number), &group));
    TRY(ext4_touch(handle, group.inode_bitmap, EXT4_KIND_INODE_BITMAP, group.number, &buf));
    if (!ext4_bit(buf->data, bit) || (directory && group.directories == 0)) {
        return ext4_corrupt(fs, "inode %u is freed, but was free", number);
    }
    ext4_bit_clear(buf->data, bit);
    group.free_inodes++;
    fs->free_inodes++;
    group.directories -= directory;
    return ext4_group_store(handle, &group);
}

enum ext4_status ext4_number_used(struct ext4_fs *fs, uint32_t number, bool *used)
{
    struct ext4_group group;
    struct ext4_buf *buf;

    *used = false;
    TRY(ext4_group_load(fs, ext4_group_of_inode(fs, number), &group));
    if (group.flags & EXT4_GROUP_INODE_UNINIT) {
        return EXT4_OK;
    }
    TRY(ext4_buf_read(fs, group.inode_bitmap, EXT4_KIND_INODE_BITMAP, group.number, &buf));
    *used = ext4_bit(buf->data, (number - 1) % fs->inodes_per_group);
    ext4_buf_put(fs, buf);
    return EXT4_OK;
}
