// SPDX-License-Identifier: BSD-2-Clause
/*
 * Contents that are so small that the inode has room for them: the first 60 bytes where the map
 * would be, the rest as the value of an attribute that nobody sees, system.data.
 *
 * New files and directories begin so when the feature is on. What no longer fits moves to a block,
 * in the handle that needs the room; the way back does not exist. Whoever looks at `ext4_is_inline`
 * without the pen must look again with it.
 */
#pragma once

#include "dir.h"
#include "inode.h"
#include "txn.h"
#include "xattr_area.h"

static inline bool ext4_is_inline(const struct ext4_inode *inode)
{
    return ext4_inode_has(inode, EXT4_FLAG_INLINE_DATA);
}

/* For a new inode: makes it inline, and empty. False if the file system has no such inodes, or this
 * one has no room. */
bool ext4_inline_begin(struct ext4_inode *inode);

/* ---- files and symbolic links -------------------------------------------- */

/* Holding the inode shared. Not beyond its size. */
EXT4_RESULT ext4_inline_read(struct ext4_inode *inode, uint64_t offset, uint8_t *to, size_t bytes);

/* The next three have handles of their own. If not *done, the file has blocks now, or had them
 * before, and nothing else has happened. */
EXT4_RESULT ext4_inline_write(struct ext4_inode *inode, uint64_t offset, const void *data,
                              size_t bytes, bool *done);
EXT4_RESULT ext4_inline_truncate(struct ext4_inode *inode, uint64_t size, bool *done);
EXT4_RESULT ext4_inline_leave(struct ext4_inode *inode);

/* ---- directories: inline_dir.c ------------------------------------------- */

/* The contents as the block that they will be once they have to move to one, so that whoever reads
 * a directory need not know: with entries for "." and "..". The positions of all entries stay. */
EXT4_RESULT ext4_inline_dir_read(struct ext4_inode *dir, struct ext4_buf **frame);

/* In handles that have touched the directory. Slots are those of that block. */
void ext4_inline_dir_init(struct ext4_inode *dir, uint32_t parent);
/* If there is no room, not *done: the directory has a block now, and nothing was added. */
EXT4_RESULT ext4_inline_dir_add(struct ext4_handle *handle, struct ext4_inode *dir,
                                struct ext4_name name, uint32_t inode, enum ext4_type type,
                                bool *done);
EXT4_RESULT ext4_inline_dir_remove(struct ext4_inode *dir, const struct ext4_slot *slot);
EXT4_RESULT ext4_inline_dir_replace(struct ext4_inode *dir, const struct ext4_slot *slot,
                                    uint32_t inode, enum ext4_type type);

/* ---- for both ------------------------------------------------------------ */

/* The attribute of an inode. Borrowed; good until attributes of the inode change. */
struct ext4_content {
    struct ext4_inode *inode;
    struct ext4_area area;
    struct disk_xattr_entry *entry; /* none: others may leave it out when it has no value */
    uint8_t *value;
    uint32_t value_bytes;
};

EXT4_RESULT ext4_content_open(struct ext4_inode *inode, struct ext4_content *content);
/* The most that would fit. */
uint64_t ext4_content_most(const struct ext4_content *content);
/* Makes room for exactly so much, which fits. */
void ext4_content_resize(struct ext4_content *content, uint64_t size);
/* The inode gets a map instead. */
void ext4_content_drop(struct ext4_content *content);
