// SPDX-License-Identifier: BSD-2-Clause
/* Blocks and inodes are handed out and taken back, in handles. */
#pragma once

#include "txn.h"

/* Up to `want` blocks that lie one after the other, near `goal`; at least one. What the cache had
 * of them is forgotten. */
EXT4_RESULT ext4_blocks_alloc(struct ext4_handle *handle, uint64_t goal, uint32_t want,
                              uint64_t *first, uint32_t *count);
EXT4_RESULT ext4_blocks_free(struct ext4_handle *handle, uint64_t first, uint64_t count);
/* One block that the journal may hold. */
EXT4_RESULT ext4_metadata_free(struct ext4_handle *handle, uint64_t block);

EXT4_RESULT ext4_number_alloc(struct ext4_handle *handle, uint32_t parent, bool directory,
                              uint32_t *number);
EXT4_RESULT ext4_number_free(struct ext4_handle *handle, uint32_t number, bool directory);
/* Whether the inode bitmap says that it is in use. */
EXT4_RESULT ext4_number_used(struct ext4_fs *fs, uint32_t number, bool *used);
