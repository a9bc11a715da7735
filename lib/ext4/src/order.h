// SPDX-License-Identifier: BSD-2-Clause
/*
 * The order of locks, checked: whoever takes one holds none that comes after it in this list. So
 * nobody waits for somebody who waits for him. Only checked when the host tells who asks.
 */
#pragma once

#include <stdint.h>

struct ext4_fs;

enum ext4_lock {
    EXT4_LOCK_PEN,
    EXT4_LOCK_INODE,  /* shared: one at a time, without the pen; exclusively: several, with it */
    EXT4_LOCK_LOG,    /* the journal's superblock, and where the log begins */
    EXT4_LOCK_WRITER, /* the list of what is written home */
    EXT4_LOCKS,
};

enum { EXT4_HOLDERS = 64 };

struct ext4_holder {
    const void *who;
    uint32_t held[EXT4_LOCKS];
};

struct ext4_order {
    struct ext4_holder holders[EXT4_HOLDERS];
};

/* Before waiting for it. */
void ext4_order_take(struct ext4_fs *fs, enum ext4_lock lock);
void ext4_order_give(struct ext4_fs *fs, enum ext4_lock lock);
