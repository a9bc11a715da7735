// SPDX-License-Identifier: BSD-2-Clause
#include "obstacle.h"

#include "fs.h"

bool ext4_stumble(struct ext4_fs *fs, struct ext4_obstacle obstacle)
{
    fs->txn.obstacle = obstacle;
    return fs->txn.impatient;
}

static void wait_for_inode(struct ext4_inode *inode)
{
    inode->writers_waiting++; /* so that readers do not come one after the other for ever */
    while (inode->readers > 0 || inode->state == EXT4_INODE_LOADING) {
        ext4_wait(inode->fs, inode);
    }
    inode->writers_waiting--;
}

enum ext4_status ext4_overcome(struct ext4_fs *fs, struct ext4_obstacle obstacle)
{
    ext4_assert(!fs->txn.impatient);
    switch (obstacle.kind) {
    case EXT4_BLOCK_MISSING: return ext4_buf_fetch(fs, obstacle.block);
    case EXT4_BLOCK_BUSY: ext4_buf_await(fs, obstacle.block); return EXT4_OK;
    case EXT4_INODE_BUSY: wait_for_inode(obstacle.inode); return EXT4_OK;
    case EXT4_FRAMES_MISSING: return ext4_frame_await(fs);
    }
    return EXT4_OK;
}
