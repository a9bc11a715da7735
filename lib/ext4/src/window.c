// SPDX-License-Identifier: BSD-2-Clause
#include "window.h"

#include "fs.h"

static struct ext4_window *find(struct ext4_windows *windows, uint32_t owner)
{
    for (uint32_t i = 0; i < windows->count; i++) {
        if (windows->all[i].owner == owner) {
            return &windows->all[i];
        }
    }
    return NULL;
}

/* A place for one more; the one that was longest unused gives way. */
static struct ext4_window *add(struct ext4_windows *windows)
{
    struct ext4_window *oldest = &windows->all[0];

    if (windows->count < EXT4_WINDOWS) {
        return &windows->all[windows->count++];
    }
    for (uint32_t i = 1; i < EXT4_WINDOWS; i++) {
        if (windows->all[i].used < oldest->used) {
            oldest = &windows->all[i];
        }
    }
    return oldest;
}

void ext4_window_set(struct ext4_fs *fs, uint32_t owner, uint64_t first, uint32_t count)
{
    struct ext4_windows *windows = &fs->windows;
    struct ext4_window *window = find(windows, owner);

    if (owner != 0 && count > 0) {
        window = window ? window : add(windows);
        *window = (struct ext4_window){owner, count, first, ++windows->clock};
    } else if (window) {
        *window = windows->all[--windows->count];
    }
}

void ext4_windows_forget(struct ext4_fs *fs)
{
    fs->windows.count = 0;
}

/* Moves *first behind a window that it is in; true if there was one. */
static bool leave_one(const struct ext4_windows *windows, uint32_t owner, uint64_t *first)
{
    for (uint32_t i = 0; i < windows->count; i++) {
        const struct ext4_window *window = &windows->all[i];

        if (window->owner != owner && *first >= window->first &&
            *first < window->first + window->count) {
            *first = window->first + window->count;
            return true;
        }
    }
    return false;
}

void ext4_window_clip(const struct ext4_fs *fs, uint32_t owner, uint64_t *first, uint64_t *end)
{
    const struct ext4_windows *windows = &fs->windows;

    while (leave_one(windows, owner, first)) {
    }
    *first = ext4_min(*first, *end);
    for (uint32_t i = 0; i < windows->count; i++) {
        const struct ext4_window *window = &windows->all[i];

        if (window->owner != owner && window->first > *first && window->first < *end) {
            *end = window->first;
        }
    }
}
