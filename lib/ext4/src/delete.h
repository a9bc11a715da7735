// SPDX-License-Identifier: BSD-2-Clause
/* Deletion of inodes without links, and of what a crash has left as orphans. */
#pragma once

#include "inode.h"
#include "txn.h"

/* When writing begins, and nobody else can write: finishes all but what is open without links. */
EXT4_RESULT ext4_orphans_finish(struct ext4_fs *fs);

/* Frees the inode, which nobody else holds, and all it has. What fails is said in the log and left
 * to the next mount. */
void ext4_delete(struct ext4_inode *inode);

/* Frees all blocks from `first` on, in as many handles as it takes. The inode is an orphan. */
EXT4_RESULT ext4_cut_blocks(struct ext4_inode *inode, uint32_t first);
