// SPDX-License-Identifier: BSD-2-Clause
/*
 * Inodes in memory: a fixed pool, found by number.
 *
 *      EMPTY --- ext4_inode_load ---> LOADING ---> LIVE --- not referenced, reused ---> EMPTY
 *                                        |           |
 *                                        +-- failed -+-- deleted, or creation rolled back
 *                                                    v
 *                                                  DEAD --- last reference put ---> EMPTY
 *
 * `disk` is the inode as it is on the disk, with changes of the handle that has touched it.
 *
 * Readers of an inode's map, names or data hold it shared; a handle that touches it holds it
 * exclusively, until its end. Order: pen, then inodes. Only the holder of the pen ever holds an
 * inode exclusively, and a reader holds one inode and never waits for the pen, so nothing circles.
 */
#pragma once

#include "base.h"
#include "disk.h"

#include <ext4/ext4.h>

struct ext4_buf;
struct ext4_handle;

enum ext4_inode_state {
    EXT4_INODE_EMPTY,
    EXT4_INODE_LOADING,
    EXT4_INODE_LIVE,
    EXT4_INODE_DEAD,
};

struct ext4_inode {
    struct ext4_fs *fs;
    struct ext4_inode *hash_next;
    struct ext4_inode *prev, *next; /* of those without references, the longest unused first */
    struct disk_inode *disk;
    uint32_t number, references, seed;
    uint8_t state;
    bool writer;
    bool created; /* by the handle that is running */
    uint32_t readers, writers_waiting;
    uint32_t sequence;      /* transaction of the last change */
    uint32_t orphan;        /* where it is written down as an orphan, see orphan.h */
    uint32_t orphan_before; /* the same, before the handle that is running */
    uint32_t data_sequence; /* the same for size and map: what it takes to read the data */
    bool data_changed;      /* by the handle that is running */
    uint64_t goal;          /* where the last block was allocated */
};

struct ext4_inodes {
    struct ext4_inode *pool;
    uint8_t *memory;
    struct ext4_inode **buckets;
    struct ext4_inode unused; /* head of a list */
    uint32_t count, bucket_count;
};

EXT4_RESULT ext4_inodes_init(struct ext4_fs *fs);
void ext4_inodes_fini(struct ext4_fs *fs);
/* True if nobody holds an inode. */
bool ext4_inodes_idle(struct ext4_fs *fs);

/* Like ext4_inode_get, also for what has no links and for the file system's own inodes. */
EXT4_RESULT ext4_inode_load(struct ext4_fs *fs, uint32_t number, struct ext4_inode **inode);
/* Like ext4_inode_get, for a number that a directory names: it is in use, or the directory is
 * damaged. */
EXT4_RESULT ext4_inode_get_named(struct ext4_fs *fs, uint32_t number, struct ext4_inode **inode);
/* A new one whose number was just allocated, touched by the handle, all zeros but generation and
 * times. */
EXT4_RESULT ext4_inode_make(struct ext4_handle *handle, uint32_t number, struct ext4_inode **inode);
/* Puts a reference without deleting what has no links. */
void ext4_inode_release(struct ext4_inode *inode);
/* Its number was just freed. */
void ext4_inode_kill(struct ext4_inode *inode);

/* Where it lies in the inode table. */
EXT4_RESULT ext4_inode_place(struct ext4_fs *fs, uint32_t number, uint64_t *block,
                             uint32_t *offset);
/* The seed of its checksums, from number and generation. */
void ext4_inode_set_seed(struct ext4_inode *inode);
/* The checksum into `disk`. */
void ext4_inode_seal(struct ext4_inode *inode);
/* Into its block, with a checksum. */
void ext4_inode_store(struct ext4_inode *inode, struct ext4_buf *buf);

void ext4_inode_share(struct ext4_inode *inode);
void ext4_inode_unshare(struct ext4_inode *inode);
/* For handles. */
EXT4_RESULT ext4_inode_lock(struct ext4_inode *inode);
void ext4_inode_unlock(struct ext4_inode *inode, bool keep);

/* ---- fields -------------------------------------------------------------- */

static inline uint32_t ext4_inode_mode(const struct ext4_inode *inode)
{
    return le16_get(&inode->disk->mode);
}

static inline bool ext4_inode_is(const struct ext4_inode *inode, uint32_t type)
{
    return (ext4_inode_mode(inode) & EXT4_MODE_TYPE) == type;
}

static inline uint32_t ext4_inode_flags(const struct ext4_inode *inode)
{
    return le32_get(&inode->disk->flags);
}

static inline bool ext4_inode_has(const struct ext4_inode *inode, uint32_t flag)
{
    return ext4_inode_flags(inode) & flag;
}

void ext4_inode_set_flag(struct ext4_inode *inode, uint32_t flag, bool on);
uint64_t ext4_inode_size(const struct ext4_inode *inode);
void ext4_inode_set_size(struct ext4_inode *inode, uint64_t size);
uint64_t ext4_inode_sectors(const struct ext4_inode *inode);
/* Counts blocks that came or went. */
void ext4_inode_add_blocks(struct ext4_inode *inode, int64_t blocks);
uint64_t ext4_inode_xattr_block(const struct ext4_inode *inode);
void ext4_inode_set_xattr_block(struct ext4_inode *inode, uint64_t block);
/* 0 when the inode has no room for more than the oldest fields. */
uint32_t ext4_inode_extra_size(const struct ext4_inode *inode);
uint32_t ext4_inode_links(const struct ext4_inode *inode);
void ext4_inode_set_links(struct ext4_inode *inode, uint32_t links);

enum ext4_stamp { EXT4_ACCESSED = 1, EXT4_MODIFIED = 2, EXT4_CHANGED = 4, EXT4_CREATED = 8 };

/* Sets the times named in `which`. */
void ext4_inode_stamp(struct ext4_inode *inode, unsigned which, struct ext4_time time);
void ext4_inode_stamp_now(struct ext4_inode *inode, unsigned which);
