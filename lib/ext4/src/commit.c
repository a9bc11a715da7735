// SPDX-License-Identifier: BSD-2-Clause
/*
 * How the running transaction becomes durable, and when it must.
 *
 * begin_commit() needs the pen and never waits; carry_out() needs no lock. So whoever waits for a
 * commit may hold the pen, but need not. All who want the same transaction to be durable wait for
 * one of them, who does the work.
 */
#include "fs.h"
#include "seal.h"
#include "super.h"
#include "txn.h"

/* The log is trimmed ahead when all but one of these parts are used. */
enum { TRIM_PARTS = 3 };

bool ext4_commit_pending(const struct ext4_fs *fs, uint32_t sequence)
{
    const struct ext4_txn *txn = &fs->txn;

    return sequence == txn->sequence || (txn->committing.going_on && sequence == txn->sequence - 1);
}

/* ---- one commit ---------------------------------------------------------- */

static bool is_empty(const struct ext4_fs *fs)
{
    return fs->cache.counts[EXT4_BUF_LOGGED] == 0 && fs->txn.revoke_count == 0;
}

static void collect_logged(struct ext4_fs *fs)
{
    struct ext4_committing *committing = &fs->txn.committing;
    struct ext4_buf *head = &fs->cache.lists[EXT4_BUF_LOGGED];

    committing->count = 0;
    while (head->next != head) {
        struct ext4_buf *buf = head->next;

        ext4_assert(committing->count < fs->txn.pinned_max && !buf->frozen);
        ext4_seal_make(fs, buf);
        committing->bufs[committing->count++] = buf;
        ext4_buf_set_state(fs, buf, EXT4_BUF_COMMITTING);
    }
}

/* RUNNING becomes COMMITTING, and an empty transaction runs. */
static void begin_commit(struct ext4_fs *fs)
{
    struct ext4_txn *txn = &fs->txn;
    struct ext4_committing *committing = &txn->committing;
    uint64_t *revokes = committing->revokes;

    ext4_assert(txn->pen && !committing->going_on && !is_empty(fs));
    committing->going_on = true;
    collect_logged(fs);
    committing->revokes = txn->revokes;
    committing->revoke_count = txn->revoke_count;
    committing->freed = txn->freed;
    txn->revokes = revokes;
    txn->revoke_count = 0;
    txn->freed = false;
    txn->sequence++;
    if (fs->journal.present) {
        ext4_journal_reserve(fs, committing->count, committing->revoke_count);
    }
}

static void drop_frozen(struct ext4_fs *fs, struct ext4_buf *buf)
{
    if (buf->frozen) {
        ext4_frame_give(fs, buf->frozen);
        buf->frozen = NULL;
        fs->txn.committing.frozen_count--;
    }
}

/* COMMITTING is durable: its blocks may go home, and what it freed may be allocated. */
static void end_commit(struct ext4_fs *fs)
{
    struct ext4_committing *committing = &fs->txn.committing;

    for (uint32_t i = 0; i < committing->count; i++) {
        struct ext4_buf *buf = committing->bufs[i];

        ext4_shadow_release(fs, buf, fs->txn.sequence - 1);
        drop_frozen(fs, buf);
        buf->needs_log = fs->journal.present;
        buf->log_sequence = fs->txn.sequence - 1;
        if (buf->state == EXT4_BUF_COMMITTING) {
            ext4_buf_set_state(fs, buf, EXT4_BUF_DIRTY);
        }
    }
    ext4_assert(committing->frozen_count == 0 && fs->cache.counts[EXT4_BUF_COMMITTING] == 0);
    committing->count = committing->revoke_count = 0;
    committing->freed = committing->going_on = false;
}

static enum ext4_status write_fresh(struct ext4_fs *fs)
{
    return ext4_cache_write(fs, EXT4_WRITE_FRESH, 0);
}

static enum ext4_status write_commit(struct ext4_fs *fs)
{
    /* What became fresh before the pen was taken; much of it is home already. */
    TRY(write_fresh(fs));
    if (fs->journal.present) {
        return ext4_journal_write(fs);
    }
    return EXT4_OK;
}

/* After a failure COMMITTING stays as it is: it must not reach its home. */
static enum ext4_status carry_out(struct ext4_fs *fs)
{
    enum ext4_status status = write_commit(fs);

    if (status == EXT4_OK) {
        end_commit(fs);
        if (!fs->journal.present) {
            status = ext4_cache_write(fs, EXT4_WRITE_ALL, 0);
        }
    }
    if (status != EXT4_OK) {
        ext4_fail(fs, "a transaction could not be written");
    }
    return status;
}

void ext4_txn_abandon(struct ext4_fs *fs)
{
    struct ext4_buf *head = &fs->cache.lists[EXT4_BUF_LOGGED];

    if (!fs->cache.bufs) {
        return;
    }
    if (fs->txn.committing.going_on) {
        end_commit(fs);
    }
    while (head->next != head) {
        struct ext4_buf *buf = head->next;

        ext4_shadow_release(fs, buf, fs->txn.sequence);
        ext4_buf_set_state(fs, buf, EXT4_BUF_DIRTY);
    }
    ext4_assert(fs->txn.shadow_count == 0);
}

/* ---- waiting for one ------------------------------------------------------ */

/* Of the commit that goes on, not of one that begins after it. */
static void wait_for_end(struct ext4_fs *fs)
{
    uint32_t running = fs->txn.sequence;

    while (fs->txn.committing.going_on && running == fs->txn.sequence && !fs->failed) {
        ext4_wait(fs, &fs->txn.committing);
    }
}

/* Without a journal blocks go home in any order, so changes must wait until all are there. */
static enum ext4_status commit_without_journal(struct ext4_fs *fs)
{
    enum ext4_status status = EXT4_OK;

    ext4_pen_take(fs);
    if (fs->failed) {
        status = EXT4_IO;
    } else if (!is_empty(fs)) {
        begin_commit(fs);
        status = carry_out(fs);
    } else {
        status = ext4_cache_write(fs, EXT4_WRITE_ALL, 0);
    }
    ext4_pen_give(fs);
    return status;
}

/* Without the pen: commits what runs unless somebody else does or did. */
static enum ext4_status commit_if_running(struct ext4_fs *fs, uint32_t sequence)
{
    ext4_pen_take(fs);
    if (fs->failed || fs->txn.committing.going_on || sequence != fs->txn.sequence || is_empty(fs)) {
        ext4_pen_give(fs);
        return EXT4_OK;
    }
    begin_commit(fs);
    ext4_pen_give(fs);
    return carry_out(fs);
}

static enum ext4_status commit_until(struct ext4_fs *fs, uint32_t sequence)
{
    while (ext4_commit_pending(fs, sequence)) {
        if (fs->failed) {
            return EXT4_IO;
        }
        if (fs->txn.committing.going_on) {
            wait_for_end(fs);
        } else if (is_empty(fs)) {
            return EXT4_OK;
        } else {
            TRY(commit_if_running(fs, sequence));
        }
    }
    return fs->failed ? EXT4_IO : EXT4_OK;
}

enum ext4_status ext4_commit(struct ext4_fs *fs, uint32_t sequence)
{
    uint64_t writes_done = fs->cache.writes_done;

    if (!fs->journal.present) {
        TRY(commit_without_journal(fs));
        return ext4_io_flush(fs);
    }
    if (ext4_commit_pending(fs, sequence)) {
        TRY(write_fresh(fs));
        TRY(commit_until(fs, sequence));
    }
    /* A commit that began since then has flushed these; an older one perhaps not. */
    return ext4_io_flush_after(fs, writes_done);
}

static enum ext4_status checkpoint(struct ext4_fs *fs)
{
    enum ext4_status status;

    if (!fs->journal.present) {
        return ext4_io_flush(fs);
    }
    ext4_cache_check(fs);
    status = ext4_journal_checkpoint(fs);
    if (status != EXT4_OK) {
        ext4_fail(fs, "the journal could not be emptied");
    }
    return status;
}

/* With the pen, so that nothing runs when the log is emptied. */
static enum ext4_status commit_home(struct ext4_fs *fs)
{
    wait_for_end(fs);
    if (fs->failed) {
        return EXT4_IO;
    }
    if (!is_empty(fs)) {
        begin_commit(fs);
        TRY(carry_out(fs));
    } else {
        TRY(ext4_cache_write(fs, EXT4_WRITE_ALL, 0));
    }
    return checkpoint(fs);
}

enum ext4_status ext4_commit_home(struct ext4_fs *fs)
{
    enum ext4_status status;

    ext4_pen_take(fs);
    status = commit_home(fs);
    ext4_pen_give(fs);
    return status;
}

/* ---- when it is due -------------------------------------------------------- */

static uint32_t running_blocks(const struct ext4_fs *fs)
{
    return fs->cache.counts[EXT4_BUF_LOGGED] + EXT4_HELD_MAX;
}

static bool is_full(const struct ext4_fs *fs)
{
    return running_blocks(fs) + fs->txn.shadow_count > fs->txn.blocks_max ||
           fs->txn.revoke_count + EXT4_HANDLE_REVOKES > EXT4_REVOKES_MAX;
}

/* Each block that a handle touches makes one frame stay: its own, or a frozen copy. */
static bool cache_has_room(const struct ext4_fs *fs)
{
    return running_blocks(fs) + fs->txn.shadow_count + fs->cache.counts[EXT4_BUF_COMMITTING] +
               fs->txn.committing.frozen_count <=
           fs->txn.pinned_max;
}

static bool log_has_room(const struct ext4_fs *fs)
{
    return !fs->journal.present ||
           ext4_journal_has_room(fs, running_blocks(fs),
                                 fs->txn.revoke_count + EXT4_HANDLE_REVOKES);
}

bool ext4_commit_has_room(const struct ext4_fs *fs)
{
    return !is_full(fs) && cache_has_room(fs) && log_has_room(fs);
}

enum ext4_status ext4_commit_trim(struct ext4_fs *fs)
{
    const struct ext4_journal *journal = &fs->journal;
    bool done;

    if (!journal->present || journal->super_busy || fs->failed ||
        journal->used < journal->length / TRIM_PARTS * (TRIM_PARTS - 1)) {
        return EXT4_OK;
    }
    return ext4_journal_trim(fs, &done);
}

/* What the running transaction has changed may be all that keeps the oldest in the log. */
static enum ext4_status make_room_in_log(struct ext4_fs *fs)
{
    bool done;

    TRY(ext4_journal_trim(fs, &done));
    return done ? EXT4_OK : ext4_commit_home(fs);
}

enum ext4_status ext4_commit_make_room(struct ext4_fs *fs)
{
    if (!log_has_room(fs)) {
        return make_room_in_log(fs);
    }
    if (fs->txn.committing.going_on) {
        wait_for_end(fs);
        return fs->failed ? EXT4_IO : EXT4_OK;
    }
    if (is_full(fs) || !cache_has_room(fs)) {
        return ext4_commit(fs, fs->txn.sequence);
    }
    return EXT4_OK; /* somebody else made room while the pen was free */
}
