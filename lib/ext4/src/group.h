// SPDX-License-Identifier: BSD-2-Clause
/* Group descriptors: where a group's bitmaps and inode table are and how much is free. */
#pragma once

#include "cache.h"

struct disk_group;
struct ext4_handle;

struct ext4_group {
    uint32_t number, flags;
    uint32_t stray; /* flags and unused inodes where there should be none */
    uint64_t block_bitmap, inode_bitmap, inode_table;
    uint32_t free_blocks, free_inodes, directories, unused_inodes;
    uint32_t block_bitmap_checksum, inode_bitmap_checksum;
};

uint64_t ext4_group_first_block(const struct ext4_fs *fs, uint32_t number);
/* Blocks of the group; only the last has fewer than the others. */
uint32_t ext4_group_blocks(const struct ext4_fs *fs, uint32_t number);
uint32_t ext4_group_of_block(const struct ext4_fs *fs, uint64_t block);
uint32_t ext4_group_of_inode(const struct ext4_fs *fs, uint32_t inode);
uint64_t ext4_inode_table_blocks(const struct ext4_fs *fs);

/* Blocks at the start of the group that hold copies of superblock and descriptors. */
uint32_t ext4_group_head_blocks(struct ext4_fs *fs, uint32_t number);

/* Where its descriptor lies. */
uint64_t ext4_group_desc_block(struct ext4_fs *fs, uint32_t number);

/* Reads and checks. */
EXT4_RESULT ext4_group_load(struct ext4_fs *fs, uint32_t number, struct ext4_group *group);
/* Writes, with a checksum; that of a bitmap that was changed comes at the commit. */
EXT4_RESULT ext4_group_store(struct ext4_handle *handle, const struct ext4_group *group);

/* Adds up what is free in all groups. */
EXT4_RESULT ext4_group_count_free(struct ext4_fs *fs, uint64_t *blocks, uint64_t *inodes);

/* The mask of checksum bits that a descriptor of this size can hold. */
uint32_t ext4_bitmap_checksum_mask(const struct ext4_fs *fs);
/* A bitmap that goes to the log: its checksum into the group's descriptor, which changed, too. */
void ext4_group_seal_bitmap(struct ext4_fs *fs, const struct ext4_buf *bitmap);
uint32_t ext4_bitmap_checksum(struct ext4_fs *fs, const struct ext4_buf *buf, enum ext4_kind kind);
/* Into the descriptor; without the descriptor's own, which ext4_group_seal makes. */
void ext4_group_set_bitmap_checksum(struct ext4_fs *fs, struct disk_group *disk,
                                    const struct ext4_buf *bitmap);
void ext4_group_seal(struct ext4_fs *fs, uint32_t number, struct disk_group *disk);
