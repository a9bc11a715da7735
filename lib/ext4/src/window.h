// SPDX-License-Identifier: BSD-2-Clause
/*
 * Windows: free blocks that are kept for a file that grows, so that files that grow at the same
 * time do not take turns in lying everywhere. They are in memory only, a crash forgets them, and
 * when blocks run out, so does everybody. At most EXT4_WINDOWS files have one; the one that was
 * longest unused gives way.
 */
#pragma once

#include "base.h"

struct ext4_fs;

enum { EXT4_WINDOWS = 64 };

struct ext4_window {
    uint32_t owner; /* an inode */
    uint32_t count;
    uint64_t first;
    uint64_t used; /* when, in allocations */
};

struct ext4_windows {
    struct ext4_window all[EXT4_WINDOWS];
    uint32_t count;
    uint64_t clock;
};

/* The owner's window is this from now on; none if `count` is 0. Owner 0 has none. */
void ext4_window_set(struct ext4_fs *fs, uint32_t owner, uint64_t first, uint32_t count);
void ext4_windows_forget(struct ext4_fs *fs);
/* Leaves the first part of [*first, *end) that is in no window but the owner's; perhaps none. */
void ext4_window_clip(const struct ext4_fs *fs, uint32_t owner, uint64_t *first, uint64_t *end);
