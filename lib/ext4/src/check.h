// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whether a file system is as it should be: what bitmaps, counters and link counts say against what
 * a walk of all inodes and directories finds. Nothing is changed.
 *
 *      inodes       every inode in use: its map and attributes are sound and claim blocks that
 *                   nobody else has
 *      directories  every entry names an inode in use, once; the index leads to it
 *      connections  everything hangs below the root; link counts are the number of names
 *      groups       bitmaps and counters say what was found
 *
 * Memory: a bit for each block (or cluster), 7 bytes for each inode, 8 for each inode with an
 * attribute block, and a bit for each block of the directory that is looked at.
 *
 * What is wrong goes the way of all damage, ext4_corrupt(): the log, and the count.
 */
#pragma once

#include "inode.h"
#include "map.h"

/* What is known of an inode: its type as in directory entries, and: */
enum ext4_check_fact {
    EXT4_CHECK_TYPE = 7,
    EXT4_CHECK_USED = 8,
    EXT4_CHECK_ORPHAN = 16,     /* on the list of those to be finished */
    EXT4_CHECK_NAMELESS = 32,   /* of the file system's own, which have no names */
    EXT4_CHECK_UNREADABLE = 64, /* more cannot be said of it */
    EXT4_CHECK_REACHED = 128,
};

struct ext4_check {
    struct ext4_fs *fs;
    struct ext4_check_result *result;
    uint32_t damage_before; /* how much had been found when the check began */
    uint64_t unit_count;    /* blocks, or clusters */
    uint8_t *claimed;       /* a bit for each */
    uint8_t *facts;         /* by inode number */
    uint16_t *names;        /* how many entries name it */
    uint32_t *parents;      /* of directories */
    uint64_t *xattr_blocks; /* one of each inode that has one */
    uint32_t xattr_count, xattr_room;
};

void ext4_check_found(struct ext4_check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What the library found damaged or cannot read is counted and no reason to stop. */
EXT4_RESULT ext4_check_excuse(struct ext4_check *check, enum ext4_status status);

/* The blocks belong to an inode, or, for number 0, to attributes. False if something else has one
 * of them. */
bool ext4_check_claim(struct ext4_check *check, uint32_t number, uint64_t first, uint64_t count);

/* ---- check_inode.c, check_dir.c, check_group.c ---------------------------- */

EXT4_RESULT ext4_check_orphans(struct ext4_check *check);
EXT4_RESULT ext4_check_inodes(struct ext4_check *check);
EXT4_RESULT ext4_check_xattr_blocks(struct ext4_check *check);
EXT4_RESULT ext4_check_directories(struct ext4_check *check);
EXT4_RESULT ext4_check_connections(struct ext4_check *check);
/* Claims what every group has for itself. */
EXT4_RESULT ext4_check_own_blocks(struct ext4_check *check);
EXT4_RESULT ext4_check_groups(struct ext4_check *check);
