// SPDX-License-Identifier: BSD-2-Clause
/* The two kinds of maps, for map.c. The functions are as in map.h; `step` removes a piece. */
#pragma once

#include "map.h"

/* Room that a handle must have for one step. */
enum { EXT4_STEP_ROOM = 24, EXT4_STEP_REVOKES = 40, EXT4_STEP_METADATA = 32 };

EXT4_RESULT ext4_extent_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run);
void ext4_extent_init(struct ext4_inode *inode);
EXT4_RESULT ext4_extent_insert(struct ext4_handle *handle, struct ext4_inode *inode,
                               uint32_t logical, uint64_t physical, uint32_t count, bool unwritten);
EXT4_RESULT ext4_extent_convert(struct ext4_handle *handle, struct ext4_inode *inode,
                                uint32_t logical, uint32_t count, bool unwritten);
EXT4_RESULT ext4_extent_step(struct ext4_handle *handle, struct ext4_inode *inode, uint32_t first,
                             uint64_t *end, bool metadata);

EXT4_RESULT ext4_indirect_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run);
EXT4_RESULT ext4_indirect_insert(struct ext4_handle *handle, struct ext4_inode *inode,
                                 uint32_t logical, uint64_t physical, uint32_t count);
EXT4_RESULT ext4_indirect_step(struct ext4_handle *handle, struct ext4_inode *inode, uint32_t first,
                               uint64_t *end, bool metadata);
uint64_t ext4_indirect_limit(const struct ext4_fs *fs);

EXT4_RESULT ext4_extent_visit(struct ext4_inode *inode, struct ext4_map_visitor *visitor);
EXT4_RESULT ext4_indirect_visit(struct ext4_inode *inode, struct ext4_map_visitor *visitor);

/* Frees what a file held; every block of a directory is revoked. */
EXT4_RESULT ext4_map_free(struct ext4_handle *handle, uint64_t physical, uint32_t count,
                          bool metadata);
