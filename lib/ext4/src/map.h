// SPDX-License-Identifier: BSD-2-Clause
/*
 * From a file's blocks to the disk's: extents or, in files of ext2 and ext3, trees of indirect
 * blocks. Callers see runs. Changes happen in a handle that has touched the inode.
 */
#pragma once

#include "txn.h"

struct ext4_inode;

enum ext4_run_kind {
    EXT4_RUN_HOLE,
    EXT4_RUN_WRITTEN,
    EXT4_RUN_UNWRITTEN, /* has room, reads as zeros */
};

/* `count` blocks from the one that was asked for on. */
struct ext4_run {
    enum ext4_run_kind kind;
    uint32_t count;
    uint64_t physical;
};

/* The caller holds the inode shared, or has the pen. */
EXT4_RESULT ext4_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run);

/* How many blocks a file can have. */
uint64_t ext4_map_limit(const struct ext4_inode *inode);

/* An empty map, for a new inode. */
void ext4_map_init(struct ext4_inode *inode);

/* Gives the hole at `logical` blocks that the caller has allocated, counting them. */
EXT4_RESULT ext4_map_insert(struct ext4_handle *handle, struct ext4_inode *inode, uint32_t logical,
                            uint64_t physical, uint32_t count, bool unwritten);

/* The blocks, all unwritten, are written now (or the other way round). */
EXT4_RESULT ext4_map_convert(struct ext4_handle *handle, struct ext4_inode *inode, uint32_t logical,
                             uint32_t count, bool unwritten);

/* Frees blocks of [first, end), from the end on, as many as the handle has room for. *end is then
 * what is still to be done; equal to `first` when nothing is. */
EXT4_RESULT ext4_map_remove(struct ext4_handle *handle, struct ext4_inode *inode, uint32_t first,
                            uint64_t *end);

/* Whether the content of its blocks goes through the journal: then it is revoked when they are
 * freed. True for directories, and for files if they, or all, are said to. */
bool ext4_map_is_logged(const struct ext4_inode *inode);

/* Allocates blocks for `logical` and what follows, where they lie best, as ext4_blocks_alloc does;
 * `soon` is how many more the same request will want. */
EXT4_RESULT ext4_map_alloc(struct ext4_handle *handle, struct ext4_inode *inode, uint32_t logical,
                           uint32_t want, uint32_t soon, struct ext4_run *run);
/* One block that holds no content of the file, but describes it. */
EXT4_RESULT ext4_map_alloc_node(struct ext4_handle *handle, struct ext4_inode *inode,
                                uint64_t *block);

/* Who wants to know all that a map holds. What fails does not end the visit. */
struct ext4_map_visitor {
    void (*run)(struct ext4_map_visitor *visitor, uint32_t logical, const struct ext4_run *run);
    /* A block of the map itself, before what it leads to; false if that is to be left out. A
     * damaged map may lead to a block again and again. */
    bool (*node)(struct ext4_map_visitor *visitor, uint64_t block);
};

/* Visits all runs that are no holes, in their order. Gives the first failure. */
EXT4_RESULT ext4_map_visit(struct ext4_inode *inode, struct ext4_map_visitor *visitor);
