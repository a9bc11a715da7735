// SPDX-License-Identifier: BSD-2-Clause
#include "inode.h"

#include "delete.h"
#include "fs.h"
#include "group.h"
#include "inline.h"
#include "number.h"
#include "orphan.h"

#include <tiny/string.h>

enum { COUNT_MIN = 16, SECTOR_SHIFT = 9, SECTOR_BYTES = 1 << SECTOR_SHIFT, EPOCH_BITS = 2 };

/* ---- the pool ------------------------------------------------------------ */

static struct ext4_inode **bucket_of(struct ext4_inodes *inodes, uint32_t number)
{
    return &inodes->buckets[number & (inodes->bucket_count - 1)];
}

static void unused_add(struct ext4_inodes *inodes, struct ext4_inode *inode)
{
    inode->prev = inodes->unused.prev;
    inode->next = &inodes->unused;
    inode->prev->next = inode;
    inodes->unused.prev = inode;
}

static void unused_remove(struct ext4_inode *inode)
{
    inode->prev->next = inode->next;
    inode->next->prev = inode->prev;
    inode->prev = inode->next = NULL;
}

static void unhash(struct ext4_inode *inode)
{
    struct ext4_inode **link = bucket_of(&inode->fs->inodes, inode->number);

    while (*link != inode) {
        link = &(*link)->hash_next;
    }
    *link = inode->hash_next;
}

static size_t inode_stride(const struct ext4_fs *fs)
{
    return fs->inode_bytes + fs->config.guard_bytes;
}

enum ext4_status ext4_inodes_init(struct ext4_fs *fs)
{
    struct ext4_inodes *inodes = &fs->inodes;

    inodes->count = (uint32_t)ext4_max(fs->config.inode_count, COUNT_MIN);
    for (inodes->bucket_count = 16; inodes->bucket_count < inodes->count;) {
        inodes->bucket_count *= 2;
    }
    inodes->unused.prev = inodes->unused.next = &inodes->unused;
    inodes->pool = ext4_alloc(fs, inodes->count * sizeof(*inodes->pool));
    inodes->buckets = ext4_alloc(fs, inodes->bucket_count * sizeof(struct ext4_inode *));
    inodes->memory = ext4_alloc(fs, inodes->count * inode_stride(fs));
    if (!inodes->pool || !inodes->buckets || !inodes->memory) {
        return EXT4_NO_MEMORY;
    }
    memset(inodes->buckets, 0, inodes->bucket_count * sizeof(struct ext4_inode *));
    for (uint32_t i = 0; i < inodes->count; i++) {
        inodes->pool[i] = (struct ext4_inode){.fs = fs, .state = EXT4_INODE_EMPTY};
        inodes->pool[i].disk = (struct disk_inode *)(inodes->memory + i * inode_stride(fs));
        unused_add(inodes, &inodes->pool[i]);
    }
    return EXT4_OK;
}

void ext4_inodes_fini(struct ext4_fs *fs)
{
    struct ext4_inodes *inodes = &fs->inodes;

    ext4_free(fs, inodes->memory, inodes->count * inode_stride(fs));
    ext4_free(fs, inodes->buckets, inodes->bucket_count * sizeof(struct ext4_inode *));
    ext4_free(fs, inodes->pool, inodes->count * sizeof(*inodes->pool));
}

bool ext4_inodes_idle(struct ext4_fs *fs)
{
    for (uint32_t i = 0; i < fs->inodes.count; i++) {
        struct ext4_inode *inode = &fs->inodes.pool[i];

        if (inode->references > (inode == fs->orphans.file)) {
            return false;
        }
    }
    return true;
}

static struct ext4_inode *find(struct ext4_fs *fs, uint32_t number)
{
    struct ext4_inode *inode = *bucket_of(&fs->inodes, number);

    while (inode && inode->number != number) {
        inode = inode->hash_next;
    }
    return inode;
}

/* Gives a slot with one reference, hashed under its number. */
static struct ext4_inode *take_slot(struct ext4_fs *fs, uint32_t number)
{
    struct ext4_inode *inode = fs->inodes.unused.next, **bucket;

    if (inode == &fs->inodes.unused) {
        return NULL;
    }
    unused_remove(inode);
    if (inode->state == EXT4_INODE_LIVE) {
        unhash(inode);
        fs->orphans.forgotten |= inode->orphan != EXT4_ORPHAN_NOT;
    }
    bucket = bucket_of(&fs->inodes, number);
    *inode = (struct ext4_inode){.fs = fs, .disk = inode->disk, .number = number, .references = 1};
    inode->state = EXT4_INODE_LOADING;
    inode->hash_next = *bucket;
    *bucket = inode;
    return inode;
}

/* An inode that is not to be found any more; goes back to the pool with its last reference. */
static void bury(struct ext4_inode *inode)
{
    unhash(inode);
    inode->state = EXT4_INODE_DEAD;
}

void ext4_inode_release(struct ext4_inode *inode)
{
    ext4_assert(inode->references > 0);
    inode->references--;
    if (inode->references > 0) {
        return;
    }
    ext4_window_set(inode->fs, inode->number, 0, 0); /* nobody has it open, so it does not grow */
    if (inode->state == EXT4_INODE_DEAD) {
        inode->state = EXT4_INODE_EMPTY;
    }
    unused_add(&inode->fs->inodes, inode);
}

/* ---- checksum ------------------------------------------------------------ */

static bool has_checksum_hi(const struct ext4_inode *inode)
{
    return ext4_inode_extra_size(inode) >=
           offsetof(struct disk_inode, ctime_extra) - EXT4_INODE_BYTES_MIN;
}

void ext4_inode_set_seed(struct ext4_inode *inode)
{
    struct ext4_fs *fs = inode->fs;

    inode->seed = ext4_crc32c_number(&fs->crc, fs->checksum_seed, inode->number);
    inode->seed = ext4_crc32c_number(&fs->crc, inode->seed, le32_get(&inode->disk->generation));
}

static uint32_t checksum(struct ext4_inode *inode)
{
    struct disk_inode *disk = inode->disk;
    struct le16 low = disk->checksum_lo, high = {{0}};
    bool with_high = has_checksum_hi(inode);
    uint32_t made;

    if (with_high) {
        high = disk->checksum_hi;
        le16_set(&disk->checksum_hi, 0);
    }
    le16_set(&disk->checksum_lo, 0);
    made = ext4_crc32c(&inode->fs->crc, inode->seed, disk, inode->fs->inode_bytes);
    disk->checksum_lo = low;
    if (with_high) {
        disk->checksum_hi = high;
    }
    return with_high ? made : made & 0xffff;
}

static uint32_t checksum_said(const struct ext4_inode *inode)
{
    uint32_t high = has_checksum_hi(inode) ? le16_get(&inode->disk->checksum_hi) : 0;

    return le16_get(&inode->disk->checksum_lo) | high << 16;
}

/* ---- loading and storing ------------------------------------------------- */

enum ext4_status ext4_inode_place(struct ext4_fs *fs, uint32_t number, uint64_t *block,
                                  uint32_t *offset)
{
    struct ext4_group group;
    uint64_t byte = (uint64_t)((number - 1) % fs->inodes_per_group) * fs->inode_bytes;

    ext4_assert(number >= 1 && number <= fs->inode_count);
    TRY(ext4_group_load(fs, ext4_group_of_inode(fs, number), &group));
    *block = group.inode_table + (byte >> fs->block_shift);
    *offset = (uint32_t)(byte & (fs->block_bytes - 1));
    return EXT4_OK;
}

static enum ext4_status check(struct ext4_inode *inode)
{
    struct ext4_fs *fs = inode->fs;
    uint32_t extra = 0;

    if (fs->inode_bytes > EXT4_INODE_BYTES_MIN) {
        extra = le16_get(&inode->disk->extra_size);
    }
    if (extra + EXT4_INODE_BYTES_MIN > fs->inode_bytes || extra % 4 != 0) {
        return ext4_corrupt(fs, "inode %u: %u extra bytes, there is room for %u", inode->number,
                            extra, fs->inode_bytes - EXT4_INODE_BYTES_MIN);
    }
    if (ext4_has_checksums(fs) && checksum_said(inode) != checksum(inode)) {
        return ext4_corrupt(fs, "inode %u: checksum 0x%08x, expected 0x%08x", inode->number,
                            checksum_said(inode), checksum(inode));
    }
    if (ext4_inode_size(inode) > INT64_MAX) {
        return ext4_corrupt(fs, "inode %u: size 0x%llx", inode->number,
                            (unsigned long long)ext4_inode_size(inode));
    }
    /* Blocks that are named again and again would make reading it go on for ages. */
    if (ext4_inode_is(inode, EXT4_MODE_DIRECTORY) &&
        ext4_inode_size(inode) >> fs->block_shift > fs->block_count) {
        return ext4_corrupt(fs, "inode %u: a directory of %llu bytes, larger than the disk",
                            inode->number, (unsigned long long)ext4_inode_size(inode));
    }
    return EXT4_OK;
}

static enum ext4_status read_disk(struct ext4_inode *inode)
{
    struct ext4_fs *fs = inode->fs;
    struct ext4_buf *buf;
    uint64_t block;
    uint32_t offset;

    TRY(ext4_inode_place(fs, inode->number, &block, &offset));
    TRY(ext4_buf_read(fs, block, EXT4_KIND_PLAIN, 0, &buf));
    memcpy(inode->disk, buf->data + offset, fs->inode_bytes);
    /* What it has may not be durable yet. */
    if (ext4_buf_is_held_back(buf)) {
        inode->sequence = fs->txn.sequence - (buf->state == EXT4_BUF_COMMITTING);
        inode->data_sequence = inode->sequence;
    }
    ext4_buf_put(fs, buf);
    ext4_inode_set_seed(inode);
    return check(inode);
}

static bool stumble_over(struct ext4_inode *inode)
{
    return ext4_stumble(inode->fs, (struct ext4_obstacle){.kind = EXT4_INODE_BUSY, .inode = inode});
}

enum ext4_status ext4_inode_load(struct ext4_fs *fs, uint32_t number, struct ext4_inode **result)
{
    struct ext4_inode *inode = number ? find(fs, number) : NULL;
    enum ext4_status status;

    if (number == 0 || number > fs->inode_count) {
        return ext4_corrupt(fs, "inode %u of %u", number, fs->inode_count);
    }
    if (inode) {
        if (inode->state == EXT4_INODE_LOADING && stumble_over(inode)) {
            return EXT4_AGAIN;
        }
        if (inode->references++ == 0) {
            unused_remove(inode);
        }
        while (inode->state == EXT4_INODE_LOADING) {
            ext4_wait(fs, inode);
        }
        if (inode->state == EXT4_INODE_DEAD) {
            ext4_inode_release(inode);
            return EXT4_IO;
        }
        *result = inode;
        return EXT4_OK;
    }
    inode = take_slot(fs, number);
    if (!inode) {
        return EXT4_NO_MEMORY;
    }
    status = read_disk(inode);
    if (status != EXT4_OK) {
        bury(inode);
        ext4_inode_release(inode);
        return status;
    }
    inode->state = EXT4_INODE_LIVE;
    *result = inode;
    return EXT4_OK;
}

/* The table may hold anything where no inode is in use. */
enum ext4_status ext4_inode_get_named(struct ext4_fs *fs, uint32_t number,
                                      struct ext4_inode **result)
{
    struct ext4_inode *inode;

    if (number == 0 || number > fs->inode_count ||
        (number != EXT4_INODE_ROOT && number < fs->first_inode) ||
        number == fs->orphan_file_inode) {
        return EXT4_NOT_FOUND;
    }
    TRY(ext4_inode_load(fs, number, &inode));
    if (inode->references == 1 && ext4_inode_links(inode) == 0) {
        ext4_inode_release(inode);
        return EXT4_NOT_FOUND;
    }
    *result = inode;
    return EXT4_OK;
}

/* What was never in use was perhaps never written, and is no damage. */
enum ext4_status ext4_inode_get(struct ext4_fs *fs, uint32_t number, struct ext4_inode **result)
{
    bool used = true;

    if (number > EXT4_INODE_ROOT && number <= fs->inode_count && !find(fs, number)) {
        TRY(ext4_number_used(fs, number, &used));
    }
    return used ? ext4_inode_get_named(fs, number, result) : EXT4_NOT_FOUND;
}

void ext4_inode_put(struct ext4_inode *inode)
{
    if (inode->references == 1 && inode->state == EXT4_INODE_LIVE && ext4_inode_links(inode) == 0 &&
        ext4_inode_mode(inode) != 0 && inode->number >= inode->fs->first_inode) {
        ext4_delete(inode);
    }
    ext4_inode_release(inode);
}

static void set_extra_size(struct ext4_inode *inode)
{
    if (inode->fs->inode_bytes > EXT4_INODE_BYTES_MIN) {
        le16_set(
            &inode->disk->extra_size,
            (uint32_t)ext4_min(EXT4_EXTRA_SIZE, inode->fs->inode_bytes - EXT4_INODE_BYTES_MIN));
    }
}

enum ext4_status ext4_inode_make(struct ext4_handle *handle, uint32_t number,
                                 struct ext4_inode **result)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_inode *inode = find(fs, number);
    enum ext4_status status;

    if (inode) {
        if (inode->references > 0) {
            return ext4_corrupt(fs, "inode %u: free in the bitmap, but in use", number);
        }
        unhash(inode); /* what was read when it was free */
        inode->state = EXT4_INODE_EMPTY;
    }
    inode = take_slot(fs, number);
    if (!inode) {
        return EXT4_NO_MEMORY;
    }
    memset(inode->disk, 0, fs->inode_bytes);
    le32_set(&inode->disk->generation, ext4_random(fs));
    set_extra_size(inode);
    ext4_inode_set_seed(inode);
    ext4_inode_stamp_now(inode, EXT4_ACCESSED | EXT4_MODIFIED | EXT4_CHANGED | EXT4_CREATED);
    inode->state = EXT4_INODE_LIVE;
    status = ext4_touch_inode(handle, inode);
    if (status != EXT4_OK) {
        bury(inode);
        ext4_inode_release(inode);
        return status;
    }
    inode->created = true;
    *result = inode;
    return EXT4_OK;
}

void ext4_inode_kill(struct ext4_inode *inode)
{
    bury(inode);
}

void ext4_inode_seal(struct ext4_inode *inode)
{
    if (ext4_has_checksums(inode->fs)) {
        uint32_t made = checksum(inode);

        le16_set(&inode->disk->checksum_lo, made);
        if (has_checksum_hi(inode)) {
            le16_set(&inode->disk->checksum_hi, made >> 16);
        }
    }
}

void ext4_inode_store(struct ext4_inode *inode, struct ext4_buf *buf)
{
    struct ext4_fs *fs = inode->fs;
    uint64_t byte = (uint64_t)((inode->number - 1) % fs->inodes_per_group) * fs->inode_bytes;

    ext4_inode_seal(inode);
    memcpy(buf->data + (byte & (fs->block_bytes - 1)), inode->disk, fs->inode_bytes);
    inode->sequence = fs->txn.sequence;
    if (inode->data_changed || inode->created) {
        inode->data_sequence = inode->sequence;
    }
}

/* ---- locks --------------------------------------------------------------- */

void ext4_inode_share(struct ext4_inode *inode)
{
    ext4_order_take(inode->fs, EXT4_LOCK_INODE);
    while (inode->writer || inode->writers_waiting > 0) {
        ext4_wait(inode->fs, inode);
    }
    inode->readers++;
}

void ext4_inode_unshare(struct ext4_inode *inode)
{
    ext4_assert(inode->readers > 0);
    inode->readers--;
    ext4_order_give(inode->fs, EXT4_LOCK_INODE);
}

enum ext4_status ext4_inode_lock(struct ext4_inode *inode)
{
    ext4_assert(inode->fs->txn.pen && !inode->writer);
    if (inode->readers > 0 && stumble_over(inode)) {
        return EXT4_AGAIN;
    }
    ext4_order_take(inode->fs, EXT4_LOCK_INODE);
    inode->writers_waiting++;
    while (inode->readers > 0) {
        ext4_wait(inode->fs, inode);
    }
    inode->writers_waiting--;
    inode->writer = true;
    inode->orphan_before = inode->orphan;
    return EXT4_OK;
}

/* A handle that failed: the block has the old content again, and the inode takes it from there. */
void ext4_inode_unlock(struct ext4_inode *inode, bool keep)
{
    ext4_assert(inode->writer);
    inode->writer = false;
    ext4_order_give(inode->fs, EXT4_LOCK_INODE);
    if (!keep) {
        ext4_orphan_undo(inode);
    }
    if (!keep && inode->created) {
        bury(inode);
        ext4_inode_release(inode);
    } else if (!keep && read_disk(inode) != EXT4_OK) {
        ext4_fail(inode->fs, "an inode could not be restored");
    }
    inode->created = inode->data_changed = false;
    ext4_inode_release(inode); /* the handle's */
}

/* ---- fields -------------------------------------------------------------- */

void ext4_inode_set_flag(struct ext4_inode *inode, uint32_t flag, bool on)
{
    uint32_t flags = ext4_inode_flags(inode);

    le32_set(&inode->disk->flags, on ? flags | flag : flags & ~flag);
}

/* The upper half of old inodes that are no regular files means something else, and is 0. */
uint64_t ext4_inode_size(const struct ext4_inode *inode)
{
    uint64_t size = le32_get(&inode->disk->size_lo);

    if (ext4_inode_is(inode, EXT4_MODE_FILE) || ext4_inode_is(inode, EXT4_MODE_DIRECTORY)) {
        size |= (uint64_t)le32_get(&inode->disk->size_hi) << 32;
    }
    return size;
}

void ext4_inode_set_size(struct ext4_inode *inode, uint64_t size)
{
    inode->data_changed = true;
    le32_set(&inode->disk->size_lo, (uint32_t)size);
    le32_set(&inode->disk->size_hi, (uint32_t)(size >> 32));
}

uint64_t ext4_inode_sectors(const struct ext4_inode *inode)
{
    const struct ext4_fs *fs = inode->fs;
    uint64_t count = le32_get(&inode->disk->blocks_lo);

    if (fs->ro_compat & EXT4_RO_HUGE_FILE) {
        count |= (uint64_t)le16_get(&inode->disk->blocks_hi) << 32;
        if (ext4_inode_has(inode, EXT4_FLAG_HUGE_FILE)) {
            return count << (fs->block_shift - SECTOR_SHIFT);
        }
    }
    return count;
}

static void set_sectors(struct ext4_inode *inode, uint64_t sectors)
{
    const struct ext4_fs *fs = inode->fs;
    bool huge = fs->ro_compat & EXT4_RO_HUGE_FILE && sectors >> 48 != 0;
    uint64_t count = huge ? sectors >> (fs->block_shift - SECTOR_SHIFT) : sectors;

    if (fs->ro_compat & EXT4_RO_HUGE_FILE) {
        ext4_inode_set_flag(inode, EXT4_FLAG_HUGE_FILE, huge);
        le16_set(&inode->disk->blocks_hi, (uint32_t)(count >> 32));
    }
    le32_set(&inode->disk->blocks_lo, (uint32_t)count);
}

void ext4_inode_add_blocks(struct ext4_inode *inode, int64_t blocks)
{
    uint64_t sectors = ext4_inode_sectors(inode);
    uint64_t change = (uint64_t)(blocks < 0 ? -blocks : blocks)
                      << (inode->fs->block_shift - SECTOR_SHIFT);

    if (blocks < 0) {
        sectors -= ext4_min(change, sectors); /* a damaged count must not become huge */
    } else {
        sectors += change;
    }
    set_sectors(inode, sectors);
}

uint64_t ext4_inode_xattr_block(const struct ext4_inode *inode)
{
    return le32_get(&inode->disk->xattr_block_lo) | (uint64_t)le16_get(&inode->disk->xattr_block_hi)
                                                        << 32;
}

void ext4_inode_set_xattr_block(struct ext4_inode *inode, uint64_t block)
{
    le32_set(&inode->disk->xattr_block_lo, (uint32_t)block);
    le16_set(&inode->disk->xattr_block_hi, (uint32_t)(block >> 32));
}

uint32_t ext4_inode_extra_size(const struct ext4_inode *inode)
{
    return inode->fs->inode_bytes > EXT4_INODE_BYTES_MIN ? le16_get(&inode->disk->extra_size) : 0;
}

uint32_t ext4_inode_links(const struct ext4_inode *inode)
{
    return le16_get(&inode->disk->links);
}

void ext4_inode_set_links(struct ext4_inode *inode, uint32_t links)
{
    le16_set(&inode->disk->links, links);
}

uint32_t ext4_inode_number(const struct ext4_inode *inode)
{
    return inode->number;
}

/* ---- times --------------------------------------------------------------- */

static bool has_field(const struct ext4_inode *inode, size_t end)
{
    return ext4_inode_extra_size(inode) + EXT4_INODE_BYTES_MIN >= end;
}

#define HAS(inode, field)                                                                          \
    has_field(inode, offsetof(struct disk_inode, field) + sizeof((inode)->disk->field))

/* The seconds are signed 32 bits plus an epoch of two bits beside the nanoseconds. */
static struct ext4_time time_get(const struct le32 *seconds, const struct le32 *extra)
{
    struct ext4_time time = {(int32_t)le32_get(seconds), 0};

    if (extra) {
        time.seconds += (int64_t)(le32_get(extra) & ((1 << EPOCH_BITS) - 1)) << 32;
        time.nanoseconds = le32_get(extra) >> EPOCH_BITS;
        time.nanoseconds = time.nanoseconds < 1000000000 ? time.nanoseconds : 0;
    }
    return time;
}

static void time_set(struct le32 *seconds, struct le32 *extra, struct ext4_time time)
{
    int64_t most = extra ? INT32_MAX + (int64_t)3 * ((int64_t)1 << 32) : INT32_MAX;
    int64_t clamped = time.seconds;

    clamped = clamped > most ? most : clamped < INT32_MIN ? INT32_MIN : clamped;
    le32_set(seconds, (uint32_t)clamped);
    if (extra) {
        int64_t epoch = (clamped - (int32_t)(uint32_t)clamped) / ((int64_t)1 << 32);

        le32_set(extra, time.nanoseconds << EPOCH_BITS | (uint32_t)epoch);
    }
}

void ext4_inode_stamp(struct ext4_inode *inode, unsigned which, struct ext4_time time)
{
    struct disk_inode *disk = inode->disk;

    if (which & EXT4_ACCESSED) {
        time_set(&disk->atime, HAS(inode, atime_extra) ? &disk->atime_extra : NULL, time);
    }
    if (which & EXT4_MODIFIED) {
        time_set(&disk->mtime, HAS(inode, mtime_extra) ? &disk->mtime_extra : NULL, time);
    }
    if (which & EXT4_CHANGED) {
        time_set(&disk->ctime, HAS(inode, ctime_extra) ? &disk->ctime_extra : NULL, time);
    }
    if (which & EXT4_CREATED && HAS(inode, crtime_extra)) {
        time_set(&disk->crtime, &disk->crtime_extra, time);
    }
}

void ext4_inode_stamp_now(struct ext4_inode *inode, unsigned which)
{
    ext4_inode_stamp(inode, which, ext4_now(inode->fs));
}

static void get_device(const struct ext4_inode *inode, struct ext4_attributes *result)
{
    const struct le32 *room = (const struct le32 *)inode->disk->room;
    uint32_t old = le32_get(&room[0]), large = le32_get(&room[1]);

    if (!ext4_inode_is(inode, EXT4_MODE_BLOCK) && !ext4_inode_is(inode, EXT4_MODE_CHARACTER)) {
        return;
    }
    if (old) {
        result->device_major = old >> 8 & 0xff;
        result->device_minor = old & 0xff;
    } else {
        result->device_major = large >> 8 & 0xfff;
        result->device_minor = (large & 0xff) | (large >> 12 & 0xfff00);
    }
}

/* Content in the inode counts, or copying programs take the file for a hole. */
static uint64_t sectors_shown(const struct ext4_inode *inode)
{
    uint64_t more = ext4_is_inline(inode) && ext4_inode_is(inode, EXT4_MODE_FILE)
                        ? ext4_divide_up(ext4_inode_size(inode), SECTOR_BYTES)
                        : 0;

    return ext4_inode_sectors(inode) + more;
}

void ext4_stat(struct ext4_inode *inode, struct ext4_attributes *result)
{
    const struct disk_inode *disk = inode->disk;

    *result = (struct ext4_attributes){
        .inode = inode->number,
        .generation = le32_get(&disk->generation),
        .mode = ext4_inode_mode(inode),
        .links = ext4_inode_links(inode),
        .uid = le16_get(&disk->uid_lo) | (uint32_t)le16_get(&disk->uid_hi) << 16,
        .gid = le16_get(&disk->gid_lo) | (uint32_t)le16_get(&disk->gid_hi) << 16,
        .flags = ext4_inode_flags(inode),
        .size = ext4_inode_size(inode),
        .sectors = sectors_shown(inode),
    };
    result->accessed = time_get(&disk->atime, HAS(inode, atime_extra) ? &disk->atime_extra : NULL);
    result->modified = time_get(&disk->mtime, HAS(inode, mtime_extra) ? &disk->mtime_extra : NULL);
    result->changed = time_get(&disk->ctime, HAS(inode, ctime_extra) ? &disk->ctime_extra : NULL);
    if (HAS(inode, crtime_extra)) {
        result->created = time_get(&disk->crtime, &disk->crtime_extra);
    }
    get_device(inode, result);
}
