// SPDX-License-Identifier: BSD-2-Clause
/*
 * Replay of the journal after a crash. The log is walked three times: to find where it ends, to
 * collect revocations, and to write home the blocks of committed transactions that no later (or the
 * same) transaction revoked. Walking stops at the first record that is not the expected one: what
 * follows was never committed. A replay may itself be cut off; the next one does the same again.
 */
#include "fs.h"
#include "sort.h"

#include <tiny/string.h>

enum { TAG_UUID_BYTES = 16, TAIL_BYTES = 4 };

struct revocation {
    uint64_t block;
    uint32_t sequence;
};

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

struct replay {
    struct ext4_fs *fs;
    struct ext4_journal *journal;
    enum pass pass;
    uint32_t at;       /* block of the log */
    uint32_t walked;   /* how many were passed */
    uint32_t sequence; /* of the transaction here */
    uint32_t end;      /* the first sequence that was not committed */
    struct revocation *revocations;
    uint32_t revocation_count, revocation_room;
    uint8_t *record; /* descriptor, revocation or commit */
    uint8_t *data;
    bool bad_data; /* a block of the transaction here has a wrong checksum, */
    bool bad_home; /* or belongs beyond the end of the disk, at: */
    uint64_t home;
};

struct tag {
    uint64_t block;
    uint32_t flags, checksum;
};

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static enum ext4_status read_log(struct replay *replay, uint8_t *to)
{
    uint64_t place;

    TRY(ext4_journal_place(replay->fs, replay->at, &place));
    replay->at = ext4_journal_next(replay->journal, replay->at);
    replay->walked++;
    return ext4_io_block(replay->fs, EXT4_IO_READ, place, to, false);
}

static bool tail_is_right(struct replay *replay)
{
    struct ext4_fs *fs = replay->fs;
    struct be32 *tail = (struct be32 *)(replay->record + fs->block_bytes - TAIL_BYTES);
    uint32_t said = be32_get(tail);

    if (!ext4_journal_checksums(replay->journal)) {
        return true;
    }
    be32_set(tail, 0);
    return said == ext4_crc32c(&fs->crc, replay->journal->seed, replay->record, fs->block_bytes);
}

static bool commit_is_right(struct replay *replay)
{
    struct ext4_fs *fs = replay->fs;
    struct disk_journal_commit *commit = (struct disk_journal_commit *)replay->record;
    uint32_t said = be32_get(&commit->checksum[0]);

    if (!ext4_journal_checksums(replay->journal)) {
        return true;
    }
    be32_set(&commit->checksum[0], 0);
    return said == ext4_crc32c(&fs->crc, replay->journal->seed, commit, fs->block_bytes);
}

/* ---- revocations --------------------------------------------------------- */

static enum ext4_status add_revocation(struct replay *replay, uint64_t block)
{
    struct revocation *bigger;
    uint32_t room = replay->revocation_room ? replay->revocation_room * 2 : 64;

    if (replay->revocation_count == replay->revocation_room) {
        bigger = ext4_alloc(replay->fs, room * sizeof(*bigger));
        if (!bigger) {
            return EXT4_NO_MEMORY;
        }
        if (replay->revocations) {
            memcpy(bigger, replay->revocations, replay->revocation_count * sizeof(*bigger));
            ext4_free(replay->fs, replay->revocations, replay->revocation_room * sizeof(*bigger));
        }
        replay->revocations = bigger;
        replay->revocation_room = room;
    }
    replay->revocations[replay->revocation_count++] = (struct revocation){block, replay->sequence};
    return EXT4_OK;
}

static bool revocation_before(const void *a, const void *b)
{
    const struct revocation *first = a, *second = b;

    return first->block != second->block ? first->block < second->block
                                         : before(first->sequence, second->sequence);
}

/* The last revocation of a block is the one that counts: it comes last among its equals. */
static bool is_revoked(const struct replay *replay, uint64_t block)
{
    uint32_t low = 0, high = replay->revocation_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (replay->revocations[middle].block <= block) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 && replay->revocations[low - 1].block == block &&
           !before(replay->revocations[low - 1].sequence, replay->sequence);
}

static enum ext4_status take_revocations(struct replay *replay)
{
    const struct disk_journal_revoke *head = (const struct disk_journal_revoke *)replay->record;
    uint32_t end = be32_get(&head->bytes_used), at = sizeof(*head);
    bool wide = replay->journal->incompat & JOURNAL_64BIT;
    uint32_t bytes = wide ? sizeof(struct be64) : sizeof(struct be32);

    if (end > replay->fs->block_bytes) {
        return ext4_corrupt(replay->fs, "journal: transaction %u revokes %u bytes in a block",
                            replay->sequence, end);
    }
    for (; at + bytes <= end; at += bytes) {
        const uint8_t *record = replay->record + at;

        TRY(add_revocation(replay, wide ? be64_get((const struct be64 *)record)
                                        : be32_get((const struct be32 *)record)));
    }
    return EXT4_OK;
}

/* ---- blocks -------------------------------------------------------------- */

static struct tag read_tag(const struct replay *replay, const uint8_t *at)
{
    struct tag tag;

    if (replay->journal->incompat & JOURNAL_CHECKSUM_V3) {
        const struct disk_journal_tag3 *disk = (const struct disk_journal_tag3 *)at;

        tag.block = be32_get(&disk->block_lo) | (uint64_t)be32_get(&disk->block_hi) << 32;
        tag.flags = be32_get(&disk->flags);
        tag.checksum = be32_get(&disk->checksum);
    } else {
        const struct disk_journal_tag *disk = (const struct disk_journal_tag *)at;

        tag.block = be32_get(&disk->block_lo);
        tag.flags = be16_get(&disk->flags);
        tag.checksum = be16_get(&disk->checksum);
        if (replay->journal->incompat & JOURNAL_64BIT) {
            tag.block |= (uint64_t)be32_get(&disk->block_hi) << 32;
        }
    }
    return tag;
}

static bool data_is_right(struct replay *replay, const struct tag *tag)
{
    uint32_t made;

    if (!ext4_journal_checksums(replay->journal)) {
        return true;
    }
    made = ext4_journal_tag_checksum(replay->fs, replay->sequence, replay->data);
    return replay->journal->incompat & JOURNAL_CHECKSUM_V3 ? made == tag->checksum
                                                           : (made & 0xffff) == tag->checksum;
}

static enum ext4_status beyond_end(const struct replay *replay, uint64_t block)
{
    return ext4_corrupt(replay->fs, "journal: transaction %u writes block %llu, the end is %llu",
                        replay->sequence, (unsigned long long)block,
                        (unsigned long long)replay->fs->block_count);
}

/* The scan looked at the tag, too, but a disk may say something else the next time. */
static enum ext4_status replay_block(struct replay *replay, const struct tag *tag)
{
    struct ext4_fs *fs = replay->fs;

    if (tag->block >= fs->block_count) {
        return beyond_end(replay, tag->block);
    }
    if (is_revoked(replay, tag->block)) {
        return EXT4_OK;
    }
    if (tag->flags & JOURNAL_TAG_ESCAPED) {
        be32_set((struct be32 *)replay->data, JOURNAL_MAGIC);
    }
    return ext4_io_block(fs, EXT4_IO_WRITE, tag->block, replay->data, false);
}

static enum ext4_status take_block(struct replay *replay, const struct tag *tag)
{
    if (replay->pass == PASS_REVOKE) {
        replay->at = ext4_journal_next(replay->journal, replay->at);
        replay->walked++;
        return EXT4_OK;
    }
    TRY(read_log(replay, replay->data));
    if (replay->pass == PASS_REPLAY) {
        return replay_block(replay, tag);
    }
    if (!data_is_right(replay, tag)) {
        replay->bad_data = true;
    }
    if (tag->block >= replay->fs->block_count) {
        replay->bad_home = true;
        replay->home = tag->block;
    }
    return EXT4_OK;
}

static enum ext4_status take_descriptor(struct replay *replay)
{
    size_t bytes = ext4_journal_tag_bytes(replay->journal), at = sizeof(struct disk_journal_header);
    size_t end =
        replay->fs->block_bytes - (ext4_journal_checksums(replay->journal) ? TAIL_BYTES : 0);

    while (at + bytes <= end && replay->walked < replay->journal->length) {
        struct tag tag = read_tag(replay, replay->record + at);

        at += bytes + (tag.flags & JOURNAL_TAG_SAME_UUID ? 0 : TAG_UUID_BYTES);
        TRY(take_block(replay, &tag));
        if (tag.flags & JOURNAL_TAG_LAST) {
            break;
        }
    }
    return EXT4_OK;
}

/* ---- walking ------------------------------------------------------------- */

/* In the scan a commit record ends a transaction; one with blocks that are not what was written
 * means that the device lied or decayed, because the record goes out after a flush. */
static enum ext4_status take_commit(struct replay *replay, bool *ended)
{
    if (replay->pass == PASS_SCAN && !commit_is_right(replay)) {
        *ended = true;
        return EXT4_OK;
    }
    if (replay->bad_data) {
        return ext4_corrupt(replay->fs,
                            "journal: transaction %u was committed, but its blocks have "
                            "wrong checksums",
                            replay->sequence);
    }
    if (replay->bad_home) {
        return beyond_end(replay, replay->home);
    }
    replay->sequence++;
    return EXT4_OK;
}

static enum ext4_status take_record(struct replay *replay, bool *ended)
{
    const struct disk_journal_header *header = (const struct disk_journal_header *)replay->record;

    TRY(read_log(replay, replay->record));
    if (be32_get(&header->magic) != JOURNAL_MAGIC ||
        be32_get(&header->sequence) != replay->sequence) {
        *ended = true;
        return EXT4_OK;
    }
    switch (be32_get(&header->type)) {
    case JOURNAL_DESCRIPTOR:
        if (replay->pass == PASS_SCAN && !tail_is_right(replay)) {
            *ended = true;
            return EXT4_OK;
        }
        return take_descriptor(replay);
    case JOURNAL_REVOKE:
        if (replay->pass == PASS_SCAN && !tail_is_right(replay)) {
            *ended = true;
        }
        return replay->pass == PASS_REVOKE ? take_revocations(replay) : EXT4_OK;
    case JOURNAL_COMMIT: return take_commit(replay, ended);
    default: *ended = true; return EXT4_OK;
    }
}

static enum ext4_status walk(struct replay *replay, enum pass pass)
{
    const struct disk_journal_super *super =
        (const struct disk_journal_super *)replay->fs->journal.super;
    bool ended = false;

    replay->pass = pass;
    replay->at = be32_get(&super->start);
    replay->sequence = be32_get(&super->sequence);
    replay->walked = 0;
    replay->bad_data = replay->bad_home = false;
    while (!ended && replay->walked < replay->journal->length &&
           (pass == PASS_SCAN || before(replay->sequence, replay->end))) {
        TRY(take_record(replay, &ended));
    }
    if (pass == PASS_SCAN) {
        replay->end = replay->sequence;
    }
    return EXT4_OK;
}

static enum ext4_status run(struct replay *replay)
{
    struct ext4_fs *fs = replay->fs;
    uint32_t first;

    TRY(walk(replay, PASS_SCAN));
    TRY(walk(replay, PASS_REVOKE));
    ext4_sort(replay->revocations, replay->revocation_count, sizeof(struct revocation),
              revocation_before);
    TRY(walk(replay, PASS_REPLAY));
    TRY(ext4_io_flush(fs));
    first = replay->journal->sequence;
    /* One more, so that no record of a transaction that was cut off has a number used again. */
    replay->journal->sequence = replay->end + 1;
    ext4_log(fs, "journal replayed: %u transactions, %u revocations", replay->end - first,
             replay->revocation_count);
    fs->journal.replayed = true;
    return ext4_journal_write_super(fs, 0, fs->journal.sequence);
}

static enum ext4_status refuse(struct ext4_fs *fs)
{
    if (fs->config.device.read_only) {
        ext4_log(fs, "the journal must be replayed, but the device is read-only");
        return EXT4_READ_ONLY;
    }
    if (fs->journal.incompat & JOURNAL_FAST_COMMIT) {
        ext4_log(fs, "the journal must be replayed, but fast commits are not supported");
        return EXT4_UNSUPPORTED;
    }
    return EXT4_OK;
}

enum ext4_status ext4_journal_replay(struct ext4_fs *fs)
{
    struct replay replay = {.fs = fs, .journal = &fs->journal};
    enum ext4_status status = EXT4_NO_MEMORY;

    if (be32_get(&((struct disk_journal_super *)fs->journal.super)->start) == 0) {
        return EXT4_OK;
    }
    TRY(refuse(fs));
    replay.record = ext4_alloc(fs, fs->block_bytes);
    replay.data = ext4_alloc(fs, fs->block_bytes);
    if (replay.record && replay.data) {
        status = run(&replay);
    }
    ext4_free(fs, replay.revocations, replay.revocation_room * sizeof(*replay.revocations));
    ext4_free(fs, replay.data, fs->block_bytes);
    ext4_free(fs, replay.record, fs->block_bytes);
    return status;
}
