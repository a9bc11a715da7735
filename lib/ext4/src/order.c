// SPDX-License-Identifier: BSD-2-Clause
#include "order.h"

#include "fs.h"

static bool holds_any(const struct ext4_holder *holder, enum ext4_lock from)
{
    for (int lock = (int)from; lock < EXT4_LOCKS; lock++) {
        if (holder->held[lock] > 0) {
            return true;
        }
    }
    return false;
}

/* Whoever asks; a place is free when its holder has nothing. Null if nobody says who it is, or so
 * many hold something that there is no place. */
static struct ext4_holder *find(struct ext4_fs *fs)
{
    struct ext4_holder *unused = NULL;
    const void *who;

    if (!fs->config.host.self) {
        return NULL;
    }
    who = fs->config.host.self(fs->config.host.context);
    for (uint32_t i = 0; i < EXT4_HOLDERS; i++) {
        struct ext4_holder *holder = &fs->order.holders[i];
        bool used = holds_any(holder, EXT4_LOCK_PEN);

        if (used && holder->who == who) {
            return holder;
        }
        if (!used) {
            unused = holder;
        }
    }
    if (unused) {
        unused->who = who;
    }
    return unused;
}

void ext4_order_take(struct ext4_fs *fs, enum ext4_lock lock)
{
    struct ext4_holder *holder = find(fs);

    if (!holder) {
        return;
    }
    if (lock == EXT4_LOCK_INODE && holder->held[EXT4_LOCK_PEN] > 0) {
        ext4_assert(!holds_any(holder, EXT4_LOCK_LOG));
    } else {
        ext4_assert(!holds_any(holder, lock));
    }
    holder->held[lock]++;
}

void ext4_order_give(struct ext4_fs *fs, enum ext4_lock lock)
{
    struct ext4_holder *holder = find(fs);

    if (holder) {
        ext4_assert(holder->held[lock] > 0);
        holder->held[lock]--;
    }
}
