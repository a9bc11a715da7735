// SPDX-License-Identifier: BSD-2-Clause
#include "txn.h"

#include "fs.h"
#include "group.h"
#include "seal.h"
#include "super.h"

#include <tiny/string.h>

/* A transaction takes at most this share of the journal, and of the cache. */
enum { JOURNAL_SHARE = 4, CACHE_SHARE = 2 };

enum ext4_status ext4_txn_init(struct ext4_fs *fs)
{
    struct ext4_txn *txn = &fs->txn;
    uint64_t most = fs->cache.frame_count / CACHE_SHARE;

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
    txn->revokes = ext4_alloc(fs, EXT4_REVOKES_MAX * sizeof(*txn->revokes));
    return txn->revokes ? EXT4_OK : EXT4_NO_MEMORY;
}

void ext4_txn_fini(struct ext4_fs *fs)
{
    ext4_free(fs, fs->txn.revokes, EXT4_REVOKES_MAX * sizeof(*fs->txn.revokes));
}

static void pen_take(struct ext4_fs *fs)
{
    while (fs->txn.pen) {
        ext4_wait(fs, &fs->txn);
    }
    fs->txn.pen = true;
}

static void pen_give(struct ext4_fs *fs)
{
    fs->txn.pen = false;
}

/* ---- commit -------------------------------------------------------------- */

static void release_shadow(struct ext4_fs *fs, struct ext4_buf *buf)
{
    if (buf->shadow) {
        ext4_frame_give(fs, buf->shadow);
        buf->shadow = NULL;
        fs->txn.shadow_count--;
    }
}

static void logged_to_dirty(struct ext4_fs *fs)
{
    struct ext4_buf *head = &fs->cache.lists[EXT4_BUF_LOGGED];

    while (head->next != head) {
        struct ext4_buf *buf = head->next;

        release_shadow(fs, buf);
        ext4_buf_set_state(fs, buf, EXT4_BUF_DIRTY);
    }
    ext4_assert(fs->txn.shadow_count == 0);
}

static void seal_all(struct ext4_fs *fs)
{
    struct ext4_buf *head = &fs->cache.lists[EXT4_BUF_LOGGED];

    for (struct ext4_buf *buf = head->next; buf != head; buf = buf->next) {
        ext4_seal_make(fs, buf);
    }
}

static enum ext4_status write_transaction(struct ext4_fs *fs)
{
    TRY(ext4_cache_write(fs, EXT4_WRITE_FRESH, 0));
    if (fs->cache.counts[EXT4_BUF_LOGGED] == 0 && fs->txn.revoke_count == 0) {
        return EXT4_OK;
    }
    seal_all(fs);
    if (fs->journal.present) {
        TRY(ext4_journal_write(fs));
    }
    logged_to_dirty(fs);
    fs->txn.sequence++;
    fs->txn.revoke_count = 0;
    fs->txn.freed = false;
    return EXT4_OK;
}

/* With the pen. */
static enum ext4_status commit(struct ext4_fs *fs)
{
    enum ext4_status status;

    ext4_assert(fs->txn.pen);
    if (fs->failed) {
        return EXT4_IO;
    }
    status = write_transaction(fs);
    if (status == EXT4_OK && !fs->journal.present) {
        status = ext4_cache_write(fs, EXT4_WRITE_ALL, 0);
    }
    if (status != EXT4_OK) {
        ext4_fail(fs, "a transaction could not be written");
    }
    return status;
}

static enum ext4_status commit_home(struct ext4_fs *fs)
{
    TRY(commit(fs));
    ext4_cache_check(fs);
    if (fs->journal.present) {
        enum ext4_status status = ext4_journal_checkpoint(fs);

        if (status != EXT4_OK) {
            ext4_fail(fs, "the journal could not be emptied");
        }
        return status;
    }
    return ext4_io_flush(fs);
}

enum ext4_status ext4_commit(struct ext4_fs *fs)
{
    uint32_t sequence = fs->txn.sequence;
    enum ext4_status status = ext4_cache_write(fs, EXT4_WRITE_FRESH, 0);

    pen_take(fs);
    if (status == EXT4_OK) {
        status = commit(fs);
    }
    /* The journal flushed what went before its commit record; without a record nobody did. */
    if (status == EXT4_OK && (sequence == fs->txn.sequence || !fs->journal.present)) {
        status = ext4_io_flush(fs);
    }
    pen_give(fs);
    return status;
}

enum ext4_status ext4_commit_home(struct ext4_fs *fs)
{
    enum ext4_status status;

    pen_take(fs);
    status = commit_home(fs);
    pen_give(fs);
    return status;
}

/* Whether trying again after a commit may help. */
static bool commit_frees(struct ext4_fs *fs, enum ext4_status status)
{
    if (status != EXT4_NO_SPACE || !fs->txn.freed) {
        return false;
    }
    return ext4_commit(fs) == EXT4_OK;
}

void ext4_txn_abandon(struct ext4_fs *fs)
{
    if (fs->cache.bufs) {
        logged_to_dirty(fs);
    }
}

/* ---- handles ------------------------------------------------------------- */

/* Blocks of the running transaction if one more handle takes all it may. */
static uint32_t size_with_handle(const struct ext4_fs *fs)
{
    return fs->cache.counts[EXT4_BUF_LOGGED] + fs->txn.shadow_count + EXT4_HELD_MAX;
}

static enum ext4_status make_room(struct ext4_fs *fs)
{
    uint32_t revokes = fs->txn.revoke_count + EXT4_HANDLE_REVOKES;

    if (size_with_handle(fs) > fs->txn.blocks_max || revokes > EXT4_REVOKES_MAX) {
        TRY(commit(fs));
        revokes = EXT4_HANDLE_REVOKES;
    }
    if (fs->journal.present && !ext4_journal_has_room(fs, size_with_handle(fs), revokes)) {
        return commit_home(fs);
    }
    return EXT4_OK;
}

enum ext4_status ext4_begin(struct ext4_fs *fs, struct ext4_handle **result)
{
    struct ext4_handle *handle = &fs->txn.handle;
    enum ext4_status status;

    pen_take(fs);
    status = ext4_writable(fs) ? make_room(fs) : EXT4_READ_ONLY;
    if (status != EXT4_OK) {
        pen_give(fs);
        return status;
    }
    handle->fs = fs;
    handle->held_count = handle->inode_count = 0;
    handle->free_blocks_before = fs->free_blocks;
    handle->free_inodes_before = fs->free_inodes;
    handle->revokes_before = fs->txn.revoke_count;
    *result = handle;
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

static void put_back(struct ext4_handle *handle, struct ext4_held *held)
{
    struct ext4_fs *fs = handle->fs;

    if (held->created) {
        release_shadow(fs, held->buf);
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

enum ext4_status ext4_end(struct ext4_handle *handle, enum ext4_status status)
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
    pen_give(fs);
    return status;
}

enum ext4_status ext4_change(struct ext4_fs *fs,
                             enum ext4_status (*body)(struct ext4_handle *handle, void *arguments),
                             void *arguments)
{
    for (bool again = false;; again = true) {
        struct ext4_handle *handle;
        enum ext4_status status;

        TRY(ext4_begin(fs, &handle));
        status = ext4_end(handle, body(handle, arguments));
        if (again || !commit_frees(fs, status)) {
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

enum ext4_status ext4_touch(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                            uint32_t seed, struct ext4_buf **result)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_held *held;
    struct ext4_buf *buf, *undo;

    TRY(ext4_look(handle, block, kind, seed, &buf));
    held = find_held(handle, block);
    if (!held->undo && !held->created) {
        if (buf->file_data && buf->state == EXT4_BUF_DIRTY) {
            return ext4_corrupt(fs, "block %llu is metadata and file data",
                                (unsigned long long)block);
        }
        TRY(ext4_frame_take(fs, &undo));
        ext4_buf_settle(fs, buf);
        memcpy(undo->data, buf->data, fs->block_bytes);
        held->undo = undo;
        held->kind_before = buf->kind;
        buf->file_data = false;
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
    ext4_inode_lock(inode);
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
