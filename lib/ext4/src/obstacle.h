// SPDX-License-Identifier: BSD-2-Clause
/*
 * Why a change had to be undone and run again.
 *
 * A handle does not wait while it has the pen. Where it would have to, it names an obstacle and
 * fails with EXT4_AGAIN; ext4_change() undoes it, gives the pen back, waits and runs it again. So
 * changes of different files wait for their blocks at the same time, and what a handle does happens
 * in one moment for everybody else.
 *
 * Who is out of luck too often becomes patient: then it waits with the pen in its hand.
 */
#pragma once

#include "base.h"

#include <stdbool.h>

struct ext4_fs;
struct ext4_inode;

/* Never leaves the library. */
#define EXT4_AGAIN ((enum ext4_status)EXT4_STATUS_COUNT)

enum ext4_obstacle_kind {
    EXT4_BLOCK_MISSING, /* `block` is not in memory */
    EXT4_BLOCK_BUSY,    /* it is being read or written */
    EXT4_INODE_BUSY,    /* `inode` is being loaded, or has readers */
    EXT4_FRAMES_MISSING,
};

struct ext4_obstacle {
    enum ext4_obstacle_kind kind;
    uint64_t block;
    struct ext4_inode *inode;
};

/* True if whoever asks must not wait: it returns EXT4_AGAIN then. */
bool ext4_stumble(struct ext4_fs *fs, struct ext4_obstacle obstacle);
/* Waits, without the pen. */
EXT4_RESULT ext4_overcome(struct ext4_fs *fs, struct ext4_obstacle obstacle);
