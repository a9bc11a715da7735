// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where orphans are written down, so that the next mount finds them after a crash: inodes without
 * links that are in use, and those that are being cut shorter in several steps.
 *
 * With the feature orphan_file there is a file of slots, each with the number of an inode or 0.
 * Without it, or when all slots are taken, there is a list that begins in the superblock and goes
 * on in the dtime of each inode. An inode in memory knows where it is written down (`orphan`). When
 * a truncation fails, it stays an orphan, and may leave memory as one: such are looked for.
 */
#pragma once

#include "inode.h"
#include "txn.h"

/* What `orphan` of an inode says: EXT4_ORPHAN_NOT, EXT4_ORPHAN_LISTED, or a slot and one. */
enum { EXT4_ORPHAN_NOT = 0 };
#define EXT4_ORPHAN_LISTED UINT32_MAX

struct ext4_orphans {
    struct ext4_inode *file; /* a reference; none without the feature */
    uint32_t slot_count, used_count;
    uint32_t hint;    /* where a free slot is likely */
    bool from_before; /* the file may have entries of a mount before */
    bool forgotten;   /* an orphan may have left memory */
};

/* Finds the file. Before the superblock says that it is in use. */
EXT4_RESULT ext4_orphans_open(struct ext4_fs *fs);

/* In a handle that has touched the inode. Adding again does nothing. */
EXT4_RESULT ext4_orphan_add(struct ext4_handle *handle, struct ext4_inode *inode);
EXT4_RESULT ext4_orphan_remove(struct ext4_handle *handle, struct ext4_inode *inode);
/* The handle has failed. */
void ext4_orphan_undo(struct ext4_inode *inode);

/* For the mount. The number in the first slot from *slot on that has one, or 0. */
EXT4_RESULT ext4_orphan_in_file(struct ext4_fs *fs, uint32_t *slot, uint32_t *number);
/* The inode is the one in that slot. */
void ext4_orphan_recall(struct ext4_inode *inode, uint32_t orphan);
