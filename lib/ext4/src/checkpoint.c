// SPDX-License-Identifier: BSD-2-Clause
/*
 * How the log gets room again. A transaction may be forgotten when for each of its blocks there is
 * something as new at home, or newer in the log. A buffer knows the newest transaction that has its
 * content in the log, as long as that is not at home (`log_sequence`).
 */
#include "fs.h"
#include "journal.h"

static void take_log(struct ext4_fs *fs)
{
    ext4_order_take(fs, EXT4_LOCK_LOG);
    while (fs->journal.super_busy) {
        ext4_wait(fs, &fs->journal);
    }
    fs->journal.super_busy = true;
}

static void give_log(struct ext4_fs *fs)
{
    fs->journal.super_busy = false;
    ext4_order_give(fs, EXT4_LOCK_LOG);
}

static enum ext4_status empty(struct ext4_fs *fs)
{
    struct ext4_journal *journal = &fs->journal;

    TRY(ext4_cache_write(fs, EXT4_WRITE_ALL, 0));
    TRY(ext4_io_flush(fs));
    if (!journal->filled) {
        return EXT4_OK;
    }
    TRY(ext4_journal_write_super(fs, 0, journal->sequence));
    journal->filled = false;
    journal->used = journal->entry_first = journal->entry_count = 0;
    return EXT4_OK;
}

enum ext4_status ext4_journal_checkpoint(struct ext4_fs *fs)
{
    enum ext4_status status;

    take_log(fs);
    ext4_assert(fs->cache.counts[EXT4_BUF_LOGGED] == 0 &&
                fs->cache.counts[EXT4_BUF_COMMITTING] == 0);
    status = empty(fs);
    give_log(fs);
    return status;
}

/* ---- trimming ------------------------------------------------------------ */

static struct ext4_journal_entry *entry_at(struct ext4_journal *journal, uint32_t index)
{
    return &journal->entries[(journal->entry_first + index) % EXT4_JOURNAL_ENTRIES];
}

/* How many entries make up half of what is used; at least one. */
static uint32_t oldest_half(struct ext4_journal *journal)
{
    uint32_t count = 0, blocks = 0;

    while (count < journal->entry_count && blocks < journal->used / 2) {
        blocks += entry_at(journal, count)->blocks;
        count++;
    }
    return count;
}

/* Moves *oldest back to what the buffers of a state need. */
static void find_oldest(struct ext4_fs *fs, enum ext4_buf_state state, uint32_t *oldest)
{
    struct ext4_buf *head = &fs->cache.lists[state];

    for (struct ext4_buf *buf = head->next; buf != head; buf = buf->next) {
        if (buf->needs_log && (int32_t)(buf->log_sequence - *oldest) < 0) {
            *oldest = buf->log_sequence;
        }
    }
}

/* Of the `most` oldest, those that are older than everything that is needed. */
static uint32_t count_forgettable(struct ext4_fs *fs, uint32_t most)
{
    uint32_t oldest = fs->journal.sequence, count = 0;

    find_oldest(fs, EXT4_BUF_DIRTY, &oldest);
    find_oldest(fs, EXT4_BUF_LOGGED, &oldest);
    find_oldest(fs, EXT4_BUF_COMMITTING, &oldest);
    while (count < most && (int32_t)(entry_at(&fs->journal, count)->sequence - oldest) < 0) {
        count++;
    }
    return count;
}

/* The superblock first: then the blocks may be written over. */
static enum ext4_status forget(struct ext4_fs *fs, uint32_t count)
{
    struct ext4_journal *journal = &fs->journal;
    struct ext4_journal_entry next = {journal->sequence, journal->head, 0};
    uint32_t blocks = 0;

    for (uint32_t i = 0; i < count; i++) {
        blocks += entry_at(journal, i)->blocks;
    }
    if (count < journal->entry_count) {
        next = *entry_at(journal, count);
    }
    TRY(ext4_journal_write_super(fs, next.start, next.sequence));
    journal->entry_first = (journal->entry_first + count) % EXT4_JOURNAL_ENTRIES;
    journal->entry_count -= count;
    journal->used -= blocks;
    return EXT4_OK;
}

static enum ext4_status trim(struct ext4_fs *fs, bool *done)
{
    struct ext4_journal *journal = &fs->journal;
    uint32_t count = oldest_half(journal);

    if (count == 0) {
        return EXT4_OK;
    }
    TRY(ext4_cache_write(fs, EXT4_WRITE_LOG, entry_at(journal, count - 1)->sequence));
    count = count_forgettable(fs, count);
    if (count == 0) {
        return EXT4_OK;
    }
    TRY(ext4_io_flush(fs)); /* what is at home must stay there without the log */
    TRY(forget(fs, count));
    *done = true;
    return EXT4_OK;
}

enum ext4_status ext4_journal_trim(struct ext4_fs *fs, bool *done)
{
    enum ext4_status status;

    *done = false;
    take_log(fs);
    status = trim(fs, done);
    give_log(fs);
    return status;
}
