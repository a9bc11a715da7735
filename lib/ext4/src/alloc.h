// SPDX-License-Identifier: BSD-2-Clause
/* Blocks are handed out and taken back, in handles. */
#pragma once

#include "txn.h"
#include "window.h"

struct ext4_wish {
    uint64_t goal;  /* where they should best lie */
    uint32_t want;  /* at most that many */
    uint32_t ideal; /* how long the run should be that they come from */
    uint32_t ahead; /* so many blocks behind them are kept for the owner */
    uint32_t owner; /* an inode; 0: nobody */
};

EXT4_RESULT ext4_alloc_init(struct ext4_fs *fs);
void ext4_alloc_fini(struct ext4_fs *fs);
/* Blocks of the group may be free that were not before. */
void ext4_alloc_look_again(struct ext4_fs *fs, uint32_t group);

/* At least one block and up to what is wanted, one after the other. What the cache had of them is
 * forgotten. */
EXT4_RESULT ext4_blocks_alloc(struct ext4_handle *handle, struct ext4_wish wish, uint64_t *first,
                              uint32_t *count);
EXT4_RESULT ext4_blocks_free(struct ext4_handle *handle, uint64_t first, uint64_t count);
/* One block that the journal may hold. */
EXT4_RESULT ext4_metadata_free(struct ext4_handle *handle, uint64_t block);
