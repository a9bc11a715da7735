// SPDX-License-Identifier: BSD-2-Clause
#include "txn.h"

#include "alloc.h"
#include "fs.h"

#include <tiny/string.h>

/* A transaction takes at most this share of the journal, and of the cache. */
enum {
    JOURNAL_SHARE = 4,
    CACHE_SHARE = 2,
    IMPATIENT_TRIES = 100, /* a change needs no more blocks than that; others may take them away */
    REVOKE_BYTES = EXT4_REVOKES_MAX * sizeof(uint64_t),
};

static size_t bufs_bytes(const struct ext4_fs *fs)
{
    return fs->txn.pinned_max * sizeof(struct ext4_buf *);
}

enum ext4_status ext4_txn_init(struct ext4_fs *fs)
{
    struct ext4_txn *txn = &fs->txn;
    uint64_t most = fs->cache.frame_count / CACHE_SHARE;

    txn->pinned_max = (uint32_t)most;
    if (fs->journal.present) {
        most = ext4_min(most, fs->journal.length / JOURNAL_SHARE);
    }
    txn->blocks_max = (uint32_t)most;
    txn->sequence = fs->journal.present ? fs->journal.sequence : 1;
    if (ext4_writable(fs) && txn->blocks_max <= EXT4_HELD_MAX) {
        ext4_log(fs,
                 "a cache of %u blocks and a journal of %u cannot hold a change of %u: "
                 "mounting read-only",
                 fs->cache.frame_count, fs->journal.length, EXT4_HELD_MAX);
        fs->read_only = true;
    }
    txn->revokes = ext4_alloc(fs, REVOKE_BYTES);
    txn->committing.revokes = ext4_alloc(fs, REVOKE_BYTES);
    txn->committing.bufs = ext4_alloc(fs, bufs_bytes(fs));
    return txn->revokes && txn->committing.revokes && txn->committing.bufs ? EXT4_OK
                                                                           : EXT4_NO_MEMORY;
}

void ext4_txn_fini(struct ext4_fs *fs)
{
    ext4_free(fs, fs->txn.committing.bufs, bufs_bytes(fs));
    ext4_free(fs, fs->txn.committing.revokes, REVOKE_BYTES);
    ext4_free(fs, fs->txn.revokes, REVOKE_BYTES);
}

void ext4_pen_take(struct ext4_fs *fs)
{
    ext4_order_take(fs, EXT4_LOCK_PEN);
    while (fs->txn.pen) {
        ext4_wait(fs, &fs->txn);
    }
    fs->txn.pen = true;
}

void ext4_pen_give(struct ext4_fs *fs)
{
    ext4_assert(fs->txn.pen);
    fs->txn.pen = false;
    ext4_order_give(fs, EXT4_LOCK_PEN);
}

/* ---- handles ------------------------------------------------------------- */

/* Takes the pen when there is room for a handle. */
static enum ext4_status take_pen_with_room(struct ext4_fs *fs)
{
    for (;;) {
        enum ext4_status status;

        ext4_pen_take(fs);
        if (!ext4_writable(fs)) {
            status = EXT4_READ_ONLY;
        } else if (ext4_commit_has_room(fs)) {
            return EXT4_OK;
        } else {
            ext4_pen_give(fs);
            TRY(ext4_commit_make_room(fs));
            continue;
        }
        ext4_pen_give(fs);
        return status;
    }
}

/* Takes the pen; commits first if the transaction is full. */
static enum ext4_status begin_handle(struct ext4_fs *fs)
{
    struct ext4_handle *handle = &fs->txn.handle;

    if (ext4_writable(fs)) {
        TRY(ext4_commit_trim(fs));
    }
    TRY(take_pen_with_room(fs));
    handle->fs = fs;
    handle->held_count = handle->inode_count = 0;
    handle->free_blocks_before = fs->free_blocks;
    handle->free_inodes_before = fs->free_inodes;
    handle->revokes_before = fs->txn.revoke_count;
    return EXT4_OK;
}

uint32_t ext4_handle_room(const struct ext4_handle *handle)
{
    return EXT4_HELD_MAX - handle->held_count;
}

uint32_t ext4_handle_revokes(const struct ext4_handle *handle)
{
    return EXT4_HANDLE_REVOKES - (handle->fs->txn.revoke_count - handle->revokes_before);
}

void ext4_shadow_release(struct ext4_fs *fs, struct ext4_buf *buf, uint32_t sequence)
{
    struct ext4_buf **shadow = &buf->shadows[sequence & 1];

    if (*shadow) {
        ext4_frame_give(fs, *shadow);
        *shadow = NULL;
        fs->txn.shadow_count--;
        ext4_alloc_look_again(fs, buf->seed);
    }
}

static void put_back(struct ext4_handle *handle, struct ext4_held *held)
{
    struct ext4_fs *fs = handle->fs;

    if (held->created) {
        ext4_shadow_release(fs, held->buf, fs->txn.sequence);
        ext4_buf_discard(fs, held->buf);
    } else if (held->undo) {
        memcpy(held->buf->data, held->undo->data, fs->block_bytes);
        held->buf->kind = held->kind_before;
    }
}

static void release(struct ext4_handle *handle, bool keep)
{
    for (uint32_t i = handle->held_count; i > 0; i--) {
        struct ext4_held *held = &handle->held[i - 1];

        ext4_assert(held->buf->pins > 0);
        ext4_assert(!(held->undo || held->created) || held->buf->state == EXT4_BUF_LOGGED);
        if (!keep) {
            put_back(handle, held);
        }
        if (held->undo) {
            ext4_frame_give(handle->fs, held->undo);
        }
        ext4_buf_put(handle->fs, held->buf);
    }
}

/* Keeps what was done if `status` is EXT4_OK, or puts it back; gives the pen back. */
static void end_handle(struct ext4_handle *handle, enum ext4_status status)
{
    struct ext4_fs *fs = handle->fs;

    ext4_assert(fs->txn.pen);
    if (status == EXT4_OK) {
        for (uint32_t i = 0; i < handle->inode_count; i++) {
            ext4_inode_store(handle->inodes[i], handle->inode_bufs[i]);
        }
        release(handle, true);
    } else {
        release(handle, false);
        fs->free_blocks = handle->free_blocks_before;
        fs->free_inodes = handle->free_inodes_before;
        fs->txn.revoke_count = handle->revokes_before;
    }
    for (uint32_t i = 0; i < handle->inode_count; i++) {
        ext4_inode_unlock(handle->inodes[i], status == EXT4_OK);
    }
    ext4_pen_give(fs);
}

/* Whether trying again may help: blocks that were freed rest until a commit. */
static bool commit_frees(struct ext4_fs *fs)
{
    return (fs->txn.freed || fs->txn.committing.freed) &&
           ext4_commit(fs, fs->txn.sequence) == EXT4_OK;
}

enum ext4_status ext4_change(struct ext4_fs *fs,
                             enum ext4_status (*body)(struct ext4_handle *handle, void *arguments),
                             void *arguments)
{
    bool committed = false;

    for (uint32_t tries = 0;; tries++) {
        enum ext4_status status;

        TRY(begin_handle(fs));
        fs->txn.impatient = tries < IMPATIENT_TRIES;
        status = body(&fs->txn.handle, arguments);
        fs->txn.impatient = false;
        end_handle(&fs->txn.handle, status);
        if (status == EXT4_AGAIN) {
            TRY(ext4_overcome(fs, fs->txn.obstacle));
        } else if (status == EXT4_NO_SPACE && !committed) {
            committed = true;
            if (!commit_frees(fs)) {
                return status;
            }
        } else {
            return status;
        }
    }
}

static struct ext4_held *find_held(struct ext4_handle *handle, uint64_t block)
{
    for (uint32_t i = 0; i < handle->held_count; i++) {
        if (handle->held[i].buf->block == block) {
            return &handle->held[i];
        }
    }
    return NULL;
}

static enum ext4_status room_for_one(struct ext4_handle *handle)
{
    if (handle->held_count == EXT4_HELD_MAX) {
        ext4_log(handle->fs, "one change needs more than %u blocks", EXT4_HELD_MAX);
        return EXT4_NO_MEMORY;
    }
    return EXT4_OK;
}

static struct ext4_held *hold(struct ext4_handle *handle, struct ext4_buf *buf)
{
    struct ext4_held *held = &handle->held[handle->held_count++];

    *held = (struct ext4_held){.buf = buf};
    return held;
}

enum ext4_status ext4_look(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                           uint32_t seed, struct ext4_buf **result)
{
    struct ext4_held *held = find_held(handle, block);
    struct ext4_buf *buf;

    TRY(ext4_buf_read(handle->fs, block, kind, seed, &buf));
    if (held) {
        ext4_buf_put(handle->fs, buf);
    } else {
        enum ext4_status status = room_for_one(handle);

        if (status != EXT4_OK) {
            ext4_buf_put(handle->fs, buf);
            return status;
        }
        hold(handle, buf);
    }
    *result = buf;
    return EXT4_OK;
}

/* For the content before the handle, and for what the commit still needs. */
static enum ext4_status take_frames(struct ext4_fs *fs, const struct ext4_buf *buf,
                                    struct ext4_buf **undo, struct ext4_buf **frozen)
{
    enum ext4_status status = EXT4_OK;

    *frozen = NULL;
    TRY(ext4_frame_take(fs, undo));
    if (buf->state == EXT4_BUF_COMMITTING) {
        status = ext4_frame_take(fs, frozen);
    }
    if (status != EXT4_OK) {
        ext4_frame_give(fs, *undo);
    }
    return status;
}

/* The commit may have come to its end while we waited; none can have begun, we have the pen. */
static void freeze(struct ext4_fs *fs, struct ext4_buf *buf, struct ext4_buf *frame)
{
    ext4_assert(frame || buf->state != EXT4_BUF_COMMITTING);
    if (frame && buf->state == EXT4_BUF_COMMITTING) {
        memcpy(frame->data, buf->data, fs->block_bytes);
        buf->frozen = frame;
        fs->txn.committing.frozen_count++;
    } else if (frame) {
        ext4_frame_give(fs, frame);
    }
}

enum ext4_status ext4_touch(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                            uint32_t seed, struct ext4_buf **result)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_held *held;
    struct ext4_buf *buf, *undo, *frozen;

    TRY(ext4_look(handle, block, kind, seed, &buf));
    held = find_held(handle, block);
    if (!held->undo && !held->created) {
        TRY(ext4_buf_settle(fs, buf));
        TRY(take_frames(fs, buf, &undo, &frozen));
        ext4_buf_await(fs, block); /* somebody may have begun while we waited for frames */
        memcpy(undo->data, buf->data, fs->block_bytes);
        held->undo = undo;
        held->kind_before = buf->kind;
        freeze(fs, buf, frozen);
        buf->owner = 0;
        ext4_buf_set_state(fs, buf, EXT4_BUF_LOGGED);
    }
    *result = buf;
    return EXT4_OK;
}

enum ext4_status ext4_touch_new(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                                uint32_t seed, struct ext4_buf **result)
{
    struct ext4_buf *buf;

    if (find_held(handle, block)) {
        return ext4_corrupt(handle->fs, "block %llu was in use when it was allocated",
                            (unsigned long long)block);
    }
    TRY(room_for_one(handle));
    TRY(ext4_buf_new(handle->fs, block, &buf));
    memset(buf->data, 0, handle->fs->block_bytes);
    buf->kind = (uint8_t)kind;
    buf->seed = seed;
    buf->verified = true;
    ext4_buf_set_state(handle->fs, buf, EXT4_BUF_LOGGED);
    hold(handle, buf)->created = true;
    *result = buf;
    return EXT4_OK;
}

enum ext4_status ext4_touch_inode(struct ext4_handle *handle, struct ext4_inode *inode)
{
    uint64_t block;
    uint32_t offset;
    struct ext4_buf *buf;

    for (uint32_t i = 0; i < handle->inode_count; i++) {
        if (handle->inodes[i] == inode) {
            return EXT4_OK;
        }
    }
    ext4_assert(handle->inode_count < EXT4_HANDLE_INODES);
    TRY(ext4_inode_place(handle->fs, inode->number, &block, &offset));
    TRY(ext4_touch(handle, block, EXT4_KIND_PLAIN, 0, &buf));
    TRY(ext4_inode_lock(inode));
    inode->references++;
    handle->inode_bufs[handle->inode_count] = buf;
    handle->inodes[handle->inode_count++] = inode;
    return EXT4_OK;
}

enum ext4_status ext4_revoke(struct ext4_handle *handle, uint64_t block)
{
    struct ext4_txn *txn = &handle->fs->txn;

    if (!handle->fs->journal.present) {
        return EXT4_OK;
    }
    if (ext4_handle_revokes(handle) == 0) {
        ext4_log(handle->fs, "one change needs more than %u revocations", EXT4_HANDLE_REVOKES);
        return EXT4_NO_MEMORY;
    }
    txn->revokes[txn->revoke_count++] = block;
    return EXT4_OK;
}
