// SPDX-License-Identifier: BSD-2-Clause
/*
 * Orphans and deletion. An inode that is without links but in use, or being cut shorter in several
 * steps, is on a list that begins in the superblock and goes on in the dtime of each inode. After a
 * crash the next mount finishes what was begun.
 */
#pragma once

#include "inode.h"
#include "txn.h"

/* In a handle that has touched the inode. */
EXT4_RESULT ext4_orphan_add(struct ext4_handle *handle, struct ext4_inode *inode);
EXT4_RESULT ext4_orphan_remove(struct ext4_handle *handle, struct ext4_inode *inode);
/* At mount. */
EXT4_RESULT ext4_orphans_finish(struct ext4_fs *fs);

/* Frees the inode, which nobody else holds, and all it has. What fails is said in the log and left
 * to the next mount. */
void ext4_delete(struct ext4_inode *inode);

/* Frees all blocks from `first` on, in as many handles as it takes. The inode is an orphan. */
EXT4_RESULT ext4_cut_blocks(struct ext4_inode *inode, uint32_t first);
