// SPDX-License-Identifier: BSD-2-Clause
#include "journal.h"

#include "fs.h"
#include "map.h"
#include "super.h"

#include <tiny/string.h>

enum {
    TAG_UUID_BYTES = 16,
    TAIL_BYTES = 4,
    SEGMENTS_MAX = 64,
    LENGTH_MIN = 64,
    ERROR_DAMAGED = 117
};

static struct disk_journal_super *super_of(struct ext4_fs *fs)
{
    return (struct disk_journal_super *)fs->journal.super;
}

bool ext4_journal_checksums(const struct ext4_journal *journal)
{
    return journal->incompat & (JOURNAL_CHECKSUM_V2 | JOURNAL_CHECKSUM_V3);
}

size_t ext4_journal_tag_bytes(const struct ext4_journal *journal)
{
    size_t bytes = sizeof(struct disk_journal_tag);

    if (journal->incompat & JOURNAL_CHECKSUM_V3) {
        return sizeof(struct disk_journal_tag3);
    }
    if (journal->incompat & JOURNAL_CHECKSUM_V2) {
        bytes += 2; /* a known slip of this version, which others rely on */
    }
    return journal->incompat & JOURNAL_64BIT ? bytes : bytes - sizeof(struct be32);
}

uint32_t ext4_journal_next(const struct ext4_journal *journal, uint32_t block)
{
    return block + 1 == journal->first + journal->length ? journal->first : block + 1;
}

enum ext4_status ext4_journal_place(struct ext4_fs *fs, uint32_t logical, uint64_t *physical)
{
    const struct ext4_journal *journal = &fs->journal;
    uint32_t low = 0, high = journal->run_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct ext4_journal_run *run = &journal->runs[middle];

        if (logical < run->logical) {
            high = middle;
        } else if (logical - run->logical >= run->count) {
            low = middle + 1;
        } else {
            *physical = run->physical + (logical - run->logical);
            return EXT4_OK;
        }
    }
    return ext4_corrupt(fs, "journal: block %u has no place on the disk", logical);
}

/* ---- loading ------------------------------------------------------------- */

static enum ext4_status count_runs(struct ext4_inode *inode, uint32_t blocks,
                                   struct ext4_journal_run *runs, uint32_t *count)
{
    uint32_t found = 0;

    for (uint32_t logical = 0; logical < blocks;) {
        struct ext4_run run;

        TRY(ext4_map(inode, logical, &run));
        if (run.kind != EXT4_RUN_WRITTEN) {
            return ext4_corrupt(inode->fs, "journal: a hole at block %u", logical);
        }
        if (runs) {
            runs[found].logical = logical;
            runs[found].count = (uint32_t)ext4_min(run.count, blocks - logical);
            runs[found].physical = run.physical;
        }
        found++;
        logical += (uint32_t)ext4_min(run.count, blocks - logical);
    }
    *count = found;
    return EXT4_OK;
}

static enum ext4_status load_runs(struct ext4_fs *fs, struct ext4_inode *inode)
{
    struct ext4_journal *journal = &fs->journal;
    uint64_t blocks = ext4_inode_size(inode) >> fs->block_shift;

    if (blocks < LENGTH_MIN || blocks > fs->block_count) {
        return ext4_corrupt(fs, "journal: %llu blocks", (unsigned long long)blocks);
    }
    TRY(count_runs(inode, (uint32_t)blocks, NULL, &journal->run_room));
    journal->runs = ext4_alloc(fs, journal->run_room * sizeof(*journal->runs));
    if (!journal->runs) {
        return EXT4_NO_MEMORY;
    }
    return count_runs(inode, (uint32_t)blocks, journal->runs, &journal->run_count);
}

static uint32_t super_checksum(struct ext4_fs *fs)
{
    struct disk_journal_super *super = super_of(fs);
    struct be32 kept = super->checksum;
    uint32_t made;

    be32_set(&super->checksum, 0);
    made = ext4_crc32c(&fs->crc, ~0u, super, sizeof(*super));
    super->checksum = kept;
    return made;
}

static enum ext4_status check_features(struct ext4_fs *fs)
{
    struct disk_journal_super *super = super_of(fs);
    struct ext4_journal *journal = &fs->journal;
    uint32_t known = JOURNAL_REVOKES | JOURNAL_64BIT | JOURNAL_CHECKSUM_V2 | JOURNAL_CHECKSUM_V3 |
                     JOURNAL_FAST_COMMIT;

    if (be32_get(&super->header.type) != JOURNAL_SUPER_V2) {
        ext4_log(fs, "journal: superblock of type %u, known is %u", be32_get(&super->header.type),
                 JOURNAL_SUPER_V2);
        return EXT4_UNSUPPORTED;
    }
    journal->incompat = be32_get(&super->incompat);
    if (journal->incompat & ~known || be32_get(&super->ro_compat)) {
        ext4_log(fs, "journal: unknown features 0x%x, 0x%x", journal->incompat & ~known,
                 be32_get(&super->ro_compat));
        return EXT4_UNSUPPORTED;
    }
    if (ext4_journal_checksums(journal) && (super->checksum_type != JOURNAL_CHECKSUM_CRC32C ||
                                            be32_get(&super->checksum) != super_checksum(fs))) {
        return ext4_corrupt(fs, "journal: superblock checksum 0x%08x of type %u, expected 0x%08x",
                            be32_get(&super->checksum), super->checksum_type, super_checksum(fs));
    }
    return EXT4_OK;
}

static enum ext4_status check_geometry(struct ext4_fs *fs)
{
    struct disk_journal_super *super = super_of(fs);
    struct ext4_journal *journal = &fs->journal;
    const struct ext4_journal_run *last = &journal->runs[journal->run_count - 1];
    uint32_t blocks = be32_get(&super->block_count), start = be32_get(&super->start);
    uint32_t fast = 0;

    if (journal->incompat & JOURNAL_FAST_COMMIT) {
        fast = be32_get(&super->fast_commit_blocks);
        fast = fast ? fast : 256; /* what 0 means */
    }
    journal->first = be32_get(&super->first);
    if (be32_get(&super->block_bytes) != fs->block_bytes || journal->first == 0 ||
        blocks > last->logical + last->count || blocks < LENGTH_MIN ||
        journal->first + (uint64_t)LENGTH_MIN + fast > blocks) {
        return ext4_corrupt(fs, "journal: %u blocks of %u bytes, first %u, in a file of %u", blocks,
                            be32_get(&super->block_bytes), journal->first,
                            last->logical + last->count);
    }
    journal->length = blocks - fast - journal->first;
    if (start != 0 && (start < journal->first || start >= journal->first + journal->length)) {
        return ext4_corrupt(fs, "journal: starts at block %u, outside %u to %u", start,
                            journal->first, journal->first + journal->length - 1);
    }
    journal->seed = ext4_crc32c(&fs->crc, ~0u, super->uuid, sizeof(super->uuid));
    journal->sequence = be32_get(&super->sequence);
    journal->head = journal->first;
    return EXT4_OK;
}

static enum ext4_status load_super(struct ext4_fs *fs)
{
    uint64_t place;

    fs->journal.super = ext4_alloc(fs, fs->block_bytes);
    if (!fs->journal.super) {
        return EXT4_NO_MEMORY;
    }
    TRY(ext4_journal_place(fs, 0, &place));
    TRY(ext4_io_block(fs, EXT4_IO_READ, place, fs->journal.super, false));
    if (be32_get(&super_of(fs)->header.magic) != JOURNAL_MAGIC) {
        return ext4_corrupt(fs, "journal: superblock magic 0x%08x, expected 0x%08x",
                            be32_get(&super_of(fs)->header.magic), JOURNAL_MAGIC);
    }
    TRY(check_features(fs));
    return check_geometry(fs);
}

static enum ext4_status load_from(struct ext4_fs *fs, uint32_t number)
{
    struct ext4_inode *inode;
    enum ext4_status status;

    TRY(ext4_inode_load(fs, number, &inode));
    status = load_runs(fs, inode);
    ext4_inode_release(inode); /* whatever its links are: there is no transaction to delete it in */
    TRY(status);
    TRY(load_super(fs));
    fs->journal.present = true;
    return ext4_journal_replay(fs);
}

enum ext4_status ext4_journal_load(struct ext4_fs *fs)
{
    struct disk_super *super = ext4_super(fs);

    if (!(fs->compat & EXT4_COMPAT_HAS_JOURNAL)) {
        return fs->incompat & EXT4_INCOMPAT_RECOVER
                   ? ext4_corrupt(fs, "superblock: needs recovery but has no journal")
                   : EXT4_OK;
    }
    if (le32_get(&super->journal_inode) == 0) {
        ext4_log(fs, "the journal is on another device, which is not supported%s",
                 fs->incompat & EXT4_INCOMPAT_RECOVER ? "" : ": mounting read-only");
        fs->read_only = true;
        return fs->incompat & EXT4_INCOMPAT_RECOVER ? EXT4_UNSUPPORTED : EXT4_OK;
    }
    return load_from(fs, le32_get(&super->journal_inode));
}

void ext4_journal_fini(struct ext4_fs *fs)
{
    ext4_free(fs, fs->journal.super, fs->block_bytes);
    ext4_free(fs, fs->journal.runs, fs->journal.run_room * sizeof(*fs->journal.runs));
}

/* ---- the journal's superblock -------------------------------------------- */

enum ext4_status ext4_journal_write_super(struct ext4_fs *fs, uint32_t start, uint32_t sequence)
{
    struct disk_journal_super *super = super_of(fs);
    uint64_t place;

    be32_set(&super->start, start);
    be32_set(&super->sequence, sequence);
    if (ext4_journal_checksums(&fs->journal)) {
        be32_set(&super->checksum, super_checksum(fs));
    }
    TRY(ext4_journal_place(fs, 0, &place));
    return ext4_io_block(fs, EXT4_IO_WRITE, place, super, true);
}

enum ext4_status ext4_journal_start(struct ext4_fs *fs)
{
    struct disk_journal_super *super = super_of(fs);
    struct ext4_journal *journal = &fs->journal;
    uint32_t wanted = JOURNAL_REVOKES | (journal->incompat & JOURNAL_FAST_COMMIT);

    if (fs->incompat & EXT4_INCOMPAT_64BIT) {
        wanted |= JOURNAL_64BIT;
    }
    if (ext4_has_checksums(fs)) {
        wanted |= JOURNAL_CHECKSUM_V3;
        super->checksum_type = JOURNAL_CHECKSUM_CRC32C;
        be32_set(&super->compat, be32_get(&super->compat) & ~(uint32_t)JOURNAL_COMPAT_CHECKSUM);
    }
    journal->incompat = wanted;
    be32_set(&super->incompat, wanted);
    return ext4_journal_write_super(fs, 0, journal->sequence);
}

bool ext4_journal_has_error(struct ext4_fs *fs)
{
    return fs->journal.present && be32_get(&super_of(fs)->error) != 0;
}

/* Reaches the disk with the next change of the journal's superblock. */
void ext4_journal_forget_error(struct ext4_fs *fs)
{
    if (fs->journal.present) {
        be32_set(&super_of(fs)->error, 0);
    }
}

enum ext4_status ext4_journal_note_error(struct ext4_fs *fs)
{
    struct disk_journal_super *super = super_of(fs);

    be32_set(&super->error, ERROR_DAMAGED);
    return ext4_journal_write_super(fs, be32_get(&super->start), be32_get(&super->sequence));
}

/* ---- writing a transaction ----------------------------------------------- */

/* Collects blocks of the log that lie one after the other into one request. */
struct writer {
    struct ext4_fs *fs;
    uint32_t at;     /* next block of the log */
    uint32_t blocks; /* so far */
    uint64_t next;   /* where the request would go on */
    struct ext4_io io;
    struct ext4_segment segments[SEGMENTS_MAX];
    struct ext4_buf *bufs[SEGMENTS_MAX]; /* whose frames the segments are; null for others */
    uint8_t *scratch;                    /* a descriptor or revocation block being filled */
    uint8_t *escape;                     /* a block that looked like a record of the journal */
};

static enum ext4_status writer_flush(struct writer *writer)
{
    enum ext4_status status = EXT4_OK;

    if (writer->io.segment_count > 0) {
        status = ext4_io_run(writer->fs, &writer->io);
        for (uint32_t i = 0; i < writer->io.segment_count; i++) {
            if (writer->bufs[i]) {
                writer->bufs[i]->writing = false;
            }
        }
        writer->io.segment_count = 0;
    }
    return status;
}

/* Makes sure that the next block can join the request. May wait. */
static enum ext4_status writer_prepare(struct writer *writer)
{
    uint64_t place;

    TRY(ext4_journal_place(writer->fs, writer->at, &place));
    if (writer->io.segment_count == SEGMENTS_MAX || place != writer->next) {
        TRY(writer_flush(writer));
    }
    writer->next = place;
    return EXT4_OK;
}

/* After writer_prepare(); never waits. `buf`: whose frame `data` is, which stays as it is until it
 * is written. */
static void writer_push(struct writer *writer, void *data, struct ext4_buf *buf)
{
    struct ext4_fs *fs = writer->fs;

    if (writer->io.segment_count == 0) {
        writer->io = (struct ext4_io){.kind = EXT4_IO_WRITE,
                                      .offset_bytes = writer->next << fs->block_shift,
                                      .segments = writer->segments};
    }
    if (buf) {
        buf->writing = true;
    }
    writer->bufs[writer->io.segment_count] = buf;
    writer->segments[writer->io.segment_count++] = (struct ext4_segment){data, fs->block_bytes};
    writer->next++;
    writer->at = ext4_journal_next(&fs->journal, writer->at);
    ext4_assert(fs->journal.reserved > 0);
    fs->journal.reserved--;
    fs->journal.used++;
    writer->blocks++;
}

static enum ext4_status writer_add(struct writer *writer, void *data)
{
    TRY(writer_prepare(writer));
    writer_push(writer, data, NULL);
    return EXT4_OK;
}

static void set_header(struct ext4_fs *fs, struct disk_journal_header *header, uint32_t type)
{
    be32_set(&header->magic, JOURNAL_MAGIC);
    be32_set(&header->type, type);
    be32_set(&header->sequence, fs->journal.sequence);
}

static void set_tail(struct ext4_fs *fs, uint8_t *block)
{
    struct be32 *tail = (struct be32 *)(block + fs->block_bytes - TAIL_BYTES);

    if (ext4_journal_checksums(&fs->journal)) {
        be32_set(tail, 0);
        be32_set(tail, ext4_crc32c(&fs->crc, fs->journal.seed, block, fs->block_bytes));
    }
}

static size_t room_for_records(const struct ext4_fs *fs)
{
    return fs->block_bytes - (ext4_journal_checksums(&fs->journal) ? TAIL_BYTES : 0);
}

static uint32_t revokes_per_block(const struct ext4_fs *fs)
{
    size_t bytes = fs->journal.incompat & JOURNAL_64BIT ? sizeof(struct be64) : sizeof(struct be32);

    return (uint32_t)((room_for_records(fs) - sizeof(struct disk_journal_revoke)) / bytes);
}

static uint32_t tags_per_block(const struct ext4_fs *fs)
{
    size_t room = room_for_records(fs) - sizeof(struct disk_journal_header) - TAG_UUID_BYTES;

    return (uint32_t)(room / ext4_journal_tag_bytes(&fs->journal));
}

static uint64_t blocks_in_log(const struct ext4_fs *fs, uint32_t blocks, uint32_t revokes)
{
    return blocks + ext4_divide_up(blocks, tags_per_block(fs)) +
           ext4_divide_up(revokes, revokes_per_block(fs)) + 1;
}

bool ext4_journal_has_room(const struct ext4_fs *fs, uint32_t blocks, uint32_t revokes)
{
    /* One entry for the commit that goes on, one for this. */
    return fs->journal.entry_count + 2 <= EXT4_JOURNAL_ENTRIES &&
           fs->journal.used + fs->journal.reserved + blocks_in_log(fs, blocks, revokes) <=
               fs->journal.length;
}

void ext4_journal_reserve(struct ext4_fs *fs, uint32_t blocks, uint32_t revokes)
{
    ext4_assert(fs->journal.reserved == 0 && fs->journal.entry_count < EXT4_JOURNAL_ENTRIES);
    fs->journal.reserved = (uint32_t)blocks_in_log(fs, blocks, revokes);
}

static enum ext4_status write_revokes(struct writer *writer)
{
    struct ext4_fs *fs = writer->fs;
    const struct ext4_committing *committing = &fs->txn.committing;
    bool wide = fs->journal.incompat & JOURNAL_64BIT;
    uint32_t most = revokes_per_block(fs);

    for (uint32_t at = 0; at < committing->revoke_count;) {
        struct disk_journal_revoke *head = (struct disk_journal_revoke *)writer->scratch;
        uint8_t *record = writer->scratch + sizeof(*head);

        memset(writer->scratch, 0, fs->block_bytes);
        set_header(fs, &head->header, JOURNAL_REVOKE);
        for (uint32_t i = 0; i < most && at < committing->revoke_count; i++, at++) {
            if (wide) {
                be64_set((struct be64 *)record, committing->revokes[at]);
            } else {
                be32_set((struct be32 *)record, (uint32_t)committing->revokes[at]);
            }
            record += wide ? sizeof(struct be64) : sizeof(struct be32);
        }
        be32_set(&head->bytes_used, (uint32_t)(record - writer->scratch));
        set_tail(fs, writer->scratch);
        TRY(writer_add(writer, writer->scratch));
        TRY(writer_flush(writer));
    }
    return EXT4_OK;
}

uint32_t ext4_journal_tag_checksum(struct ext4_fs *fs, uint32_t sequence, const void *data)
{
    struct be32 number;
    uint32_t checksum;

    be32_set(&number, sequence);
    checksum = ext4_crc32c(&fs->crc, fs->journal.seed, &number, sizeof(number));
    return ext4_crc32c(&fs->crc, checksum, data, fs->block_bytes);
}

static void set_tag(struct ext4_fs *fs, uint8_t *at, uint64_t block, uint32_t flags,
                    const void *data)
{
    uint32_t checksum = ext4_journal_checksums(&fs->journal)
                            ? ext4_journal_tag_checksum(fs, fs->journal.sequence, data)
                            : 0;

    if (fs->journal.incompat & JOURNAL_CHECKSUM_V3) {
        struct disk_journal_tag3 *tag = (struct disk_journal_tag3 *)at;

        be32_set(&tag->block_lo, (uint32_t)block);
        be32_set(&tag->block_hi, (uint32_t)(block >> 32));
        be32_set(&tag->flags, flags);
        be32_set(&tag->checksum, checksum);
    } else {
        struct disk_journal_tag *tag = (struct disk_journal_tag *)at;

        be32_set(&tag->block_lo, (uint32_t)block);
        be16_set(&tag->flags, flags);
        be16_set(&tag->checksum, checksum);
        if (fs->journal.incompat & JOURNAL_64BIT) {
            be32_set(&tag->block_hi, (uint32_t)(block >> 32));
        }
    }
}

static bool looks_like_record(const void *data)
{
    return be32_get((const struct be32 *)data) == JOURNAL_MAGIC;
}

/* What the transaction has for the block. The next one may have changed the buffer since. */
static uint8_t *image_of(const struct ext4_buf *buf)
{
    return buf->frozen ? buf->frozen->data : buf->data;
}

static void escape(struct writer *writer, const uint8_t *image)
{
    memcpy(writer->escape, image, writer->fs->block_bytes);
    memset(writer->escape, 0, sizeof(struct be32));
}

/* The image is chosen after the last wait: until then the buffer may get a frozen copy. */
static enum ext4_status add_block(struct writer *writer, struct ext4_buf *buf)
{
    TRY(writer_prepare(writer));
    if (looks_like_record(image_of(buf))) {
        TRY(writer_flush(writer)); /* `escape` may be on its way */
        escape(writer, image_of(buf));
        writer_push(writer, writer->escape, NULL);
    } else {
        writer_push(writer, image_of(buf), buf->frozen ? NULL : buf);
    }
    return EXT4_OK;
}

/* Fills a descriptor for these buffers. */
static void fill_descriptor(struct writer *writer, struct ext4_buf **bufs, uint32_t count)
{
    struct ext4_fs *fs = writer->fs;
    uint8_t *tag = writer->scratch + sizeof(struct disk_journal_header);
    size_t tag_bytes = ext4_journal_tag_bytes(&fs->journal);

    memset(writer->scratch, 0, fs->block_bytes);
    set_header(fs, (struct disk_journal_header *)writer->scratch, JOURNAL_DESCRIPTOR);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t flags =
            (i > 0 ? JOURNAL_TAG_SAME_UUID : 0) | (i + 1 == count ? JOURNAL_TAG_LAST : 0);
        const uint8_t *image = image_of(bufs[i]);

        if (looks_like_record(image)) {
            escape(writer, image);
            image = writer->escape;
            flags |= JOURNAL_TAG_ESCAPED;
        }
        set_tag(fs, tag, bufs[i]->block, flags, image);
        tag += tag_bytes;
        if (i == 0) {
            memcpy(tag, super_of(fs)->uuid, TAG_UUID_BYTES);
            tag += TAG_UUID_BYTES;
        }
    }
    set_tail(fs, writer->scratch);
}

static enum ext4_status write_blocks(struct writer *writer)
{
    struct ext4_fs *fs = writer->fs;
    const struct ext4_committing *committing = &fs->txn.committing;

    for (uint32_t at = 0, count; at < committing->count; at += count) {
        count = (uint32_t)ext4_min(committing->count - at, tags_per_block(fs));
        TRY(writer_flush(writer)); /* what `scratch` and `escape` hold must be out */
        fill_descriptor(writer, &committing->bufs[at], count);
        TRY(writer_add(writer, writer->scratch));
        for (uint32_t i = 0; i < count; i++) {
            TRY(add_block(writer, committing->bufs[at + i]));
        }
    }
    return writer_flush(writer);
}

static enum ext4_status write_commit(struct writer *writer)
{
    struct ext4_fs *fs = writer->fs;
    struct disk_journal_commit *commit = (struct disk_journal_commit *)writer->scratch;
    struct ext4_time now = ext4_now(fs);

    memset(commit, 0, fs->block_bytes);
    set_header(fs, &commit->header, JOURNAL_COMMIT);
    be64_set(&commit->seconds, (uint64_t)now.seconds);
    be32_set(&commit->nanoseconds, now.nanoseconds);
    if (ext4_journal_checksums(&fs->journal)) {
        be32_set(&commit->checksum[0],
                 ext4_crc32c(&fs->crc, fs->journal.seed, commit, fs->block_bytes));
    }
    TRY(writer_add(writer, commit));
    writer->io.fua = true;
    return writer_flush(writer);
}

static enum ext4_status write_all(struct writer *writer)
{
    struct ext4_fs *fs = writer->fs;

    if (!fs->journal.filled) {
        TRY(ext4_journal_write_super(fs, fs->journal.head, fs->journal.sequence));
        fs->journal.filled = true;
    }
    TRY(write_revokes(writer));
    TRY(write_blocks(writer));
    TRY(ext4_io_flush(fs)); /* file data and log, before the record that makes them count */
    return write_commit(writer);
}

static void add_entry(struct ext4_journal *journal, uint32_t blocks)
{
    uint32_t last = (journal->entry_first + journal->entry_count) % EXT4_JOURNAL_ENTRIES;

    ext4_assert(journal->entry_count < EXT4_JOURNAL_ENTRIES);
    journal->entries[last] = (struct ext4_journal_entry){journal->sequence, journal->head, blocks};
    journal->entry_count++;
}

enum ext4_status ext4_journal_write(struct ext4_fs *fs)
{
    struct writer *writer = fs->journal_writer;
    uint8_t *blocks = (uint8_t *)(writer + 1);

    *writer = (struct writer){.fs = fs, .at = fs->journal.head};
    writer->scratch = blocks;
    writer->escape = blocks + fs->block_bytes;
    TRY(write_all(writer));
    add_entry(&fs->journal, writer->blocks);
    fs->journal.head = writer->at;
    fs->journal.sequence++;
    fs->journal.reserved = 0;
    return EXT4_OK;
}

size_t ext4_journal_writer_bytes(const struct ext4_fs *fs)
{
    return sizeof(struct writer) + 2 * (size_t)fs->block_bytes;
}
