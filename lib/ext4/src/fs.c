// SPDX-License-Identifier: BSD-2-Clause
#include "fs.h"

#include "alloc.h"
#include "delete.h"
#include "group.h"
#include "super.h"

#include <tiny/string.h>

/* ---- mounting ------------------------------------------------------------ */

static void free_pools(struct ext4_fs *fs)
{
    ext4_journal_fini(fs);
    ext4_inodes_fini(fs);
    ext4_cache_fini(fs);
    ext4_alloc_fini(fs);
    ext4_free(fs, fs->journal_writer, ext4_journal_writer_bytes(fs));
    ext4_free(fs, fs->writes, ext4_cache_writes_bytes());
}

static void destroy(struct ext4_fs *fs)
{
    struct ext4_host host = fs->config.host;

    ext4_txn_fini(fs);
    free_pools(fs);
    host.free(host.context, fs, sizeof(*fs));
}

static enum ext4_status make_pools(struct ext4_fs *fs)
{
    fs->writes = ext4_alloc(fs, ext4_cache_writes_bytes());
    fs->journal_writer = ext4_alloc(fs, ext4_journal_writer_bytes(fs));
    if (!fs->writes || !fs->journal_writer) {
        return EXT4_NO_MEMORY;
    }
    memset(fs->writes, 0, ext4_cache_writes_bytes());
    TRY(ext4_cache_init(fs));
    TRY(ext4_alloc_init(fs));
    return ext4_inodes_init(fs);
}

static void forget_pools(struct ext4_fs *fs)
{
    free_pools(fs);
    fs->journal = (struct ext4_journal){0};
    fs->inodes = (struct ext4_inodes){0};
    fs->cache = (struct ext4_cache){0};
    fs->super = NULL;
    fs->longest = NULL;
    fs->journal_writer = NULL;
    fs->writes = NULL;
}

static enum ext4_status load(struct ext4_fs *fs, bool strict)
{
    TRY(ext4_super_load(fs, strict));
    TRY(make_pools(fs));
    TRY(ext4_super_pin(fs));
    return ext4_journal_load(fs);
}

/* The replay may have changed every block, the superblock among them, and so sizes and counts that
 * pools were made for. */
static enum ext4_status load_again(struct ext4_fs *fs)
{
    forget_pools(fs);
    TRY(load(fs, true));
    if (fs->journal.replayed) {
        return ext4_corrupt(fs, "journal: after the replay there is something to replay");
    }
    return EXT4_OK;
}

/* Counters in the superblock are only right after an unmount: the groups' are the truth. */
static enum ext4_status count_free(struct ext4_fs *fs)
{
    uint64_t inodes;

    TRY(ext4_group_count_free(fs, &fs->free_blocks, &inodes));
    fs->free_inodes = (uint32_t)inodes;
    return EXT4_OK;
}

static enum ext4_status start_writing(struct ext4_fs *fs)
{
    if (!ext4_writable(fs)) {
        return EXT4_OK;
    }
    TRY(count_free(fs));
    if (fs->journal.present) {
        TRY(ext4_journal_start(fs));
    }
    if (ext4_journal_has_error(fs)) {
        ext4_note_error(fs, "the journal says so");
    }
    TRY(ext4_orphans_open(fs));
    TRY(ext4_super_mark(fs, true));
    ext4_journal_forget_error(fs);
    return ext4_orphans_finish(fs);
}

static enum ext4_data_mode choose_data_mode(struct ext4_fs *fs)
{
    if (!fs->journal.present) {
        return EXT4_DATA_ORDERED;
    }
    if (fs->config.data_mode != EXT4_DATA_DEFAULT) {
        return fs->config.data_mode;
    }
    switch (le32_get(&ext4_super(fs)->default_mount_options) & EXT4_DATA_MODE_MASK) {
    case EXT4_DATA_MODE_JOURNAL: return EXT4_DATA_JOURNAL;
    case EXT4_DATA_MODE_WRITEBACK: return EXT4_DATA_WRITEBACK;
    default: return EXT4_DATA_ORDERED;
    }
}

static enum ext4_status mount(struct ext4_fs *fs)
{
    TRY(load(fs, false));
    if (fs->journal.replayed || fs->super_is_torn) {
        TRY(load_again(fs));
    }
    fs->data_mode = choose_data_mode(fs);
    fs->state_before = le16_get(&ext4_super(fs)->state);
    if (!fs->journal.present && !(fs->state_before & EXT4_STATE_CLEAN)) {
        ext4_log(fs, "was not unmounted: a check is due");
    }
    if (fs->state_before & EXT4_STATE_ERROR || ext4_journal_has_error(fs)) {
        ext4_log(fs, "has errors: a check is due");
        if (fs->config.policy == EXT4_ON_ERROR_REFUSE) {
            return EXT4_CORRUPT;
        }
    }
    TRY(ext4_txn_init(fs));
    return start_writing(fs);
}

enum ext4_status ext4_mount(const struct ext4_config *config, struct ext4_fs **result)
{
    struct ext4_fs *fs = config->host.alloc(config->host.context, sizeof(*fs));
    enum ext4_status status;

    if (!fs) {
        return EXT4_NO_MEMORY;
    }
    memset(fs, 0, sizeof(*fs));
    fs->config = *config;
    fs->read_only = config->read_only || config->device.read_only;
    ext4_crc_init(&fs->crc);
    fs->random = (uint32_t)ext4_now(fs).nanoseconds | 1;
    status = mount(fs);
    if (status != EXT4_OK) {
        ext4_abandon(fs);
        return status;
    }
    *result = fs;
    return EXT4_OK;
}

void ext4_abandon(struct ext4_fs *fs)
{
    ext4_txn_abandon(fs);
    destroy(fs);
}

/* All must be home when the mark says so. Others may have changed something before it had the pen:
 * then again. */
static enum ext4_status stop_writing(struct ext4_fs *fs)
{
    enum ext4_status status;

    do {
        TRY(ext4_commit_home(fs));
        status = ext4_super_mark(fs, false);
    } while (status == EXT4_BUSY);
    return status == EXT4_OK ? ext4_commit_home(fs) : status;
}

static enum ext4_status finish(struct ext4_fs *fs)
{
    if (fs->failed) {
        if (fs->errors.count > 0) {
            ext4_super_write_errors(fs);
        }
        return EXT4_IO;
    }
    if (fs->read_only) {
        return EXT4_OK;
    }
    return stop_writing(fs);
}

enum ext4_status ext4_unmount(struct ext4_fs *fs)
{
    enum ext4_status status;

    if (fs->remounting || !ext4_inodes_idle(fs)) {
        return EXT4_BUSY;
    }
    status = finish(fs);
    ext4_abandon(fs);
    return status;
}

/* ---- remounting ---------------------------------------------------------- */

static enum ext4_status check_may_write(struct ext4_fs *fs)
{
    if (fs->config.device.read_only) {
        ext4_log(fs, "the device is read-only: stays read-only");
        return EXT4_READ_ONLY;
    }
    if (fs->failed || fs->errors.count > 0) {
        ext4_log(fs, "damage was found, or writing failed: stays read-only");
        return fs->errors.count > 0 ? EXT4_CORRUPT : EXT4_IO;
    }
    if (!ext4_super_may_write(fs) ||
        (fs->compat & EXT4_COMPAT_HAS_JOURNAL && !fs->journal.present)) {
        ext4_log(fs, "what the file system has cannot be written: stays read-only");
        return EXT4_UNSUPPORTED;
    }
    if (fs->txn.blocks_max <= EXT4_HELD_MAX) {
        ext4_log(fs, "cache or journal cannot hold a change of %u: stays read-only", EXT4_HELD_MAX);
        return EXT4_NO_MEMORY;
    }
    return EXT4_OK;
}

/* For all others it is read-only until the superblock says that it is in use, and until what a
 * crash or a time without writing left is finished. */
static enum ext4_status begin_writing(struct ext4_fs *fs)
{
    enum ext4_status status;

    TRY(check_may_write(fs));
    fs->passing = true;
    status = start_writing(fs);
    fs->passing = false;
    if (status == EXT4_OK) {
        fs->read_only = false;
    }
    return status;
}

enum ext4_status ext4_remount(struct ext4_fs *fs, bool read_only)
{
    enum ext4_status status;

    if (fs->remounting) {
        return EXT4_BUSY;
    }
    if (read_only == fs->read_only) {
        return EXT4_OK;
    }
    if (read_only && fs->failed) {
        return EXT4_IO;
    }
    fs->remounting = true;
    status = read_only ? stop_writing(fs) : begin_writing(fs);
    fs->remounting = false;
    return status;
}

enum ext4_status ext4_sync(struct ext4_fs *fs)
{
    if (fs->read_only) {
        return EXT4_OK;
    }
    TRY(ext4_cache_write(fs, EXT4_WRITE_ALL, 0));
    return ext4_commit(fs, fs->txn.sequence);
}

bool ext4_journal_state(struct ext4_fs *fs, struct ext4_journal_state *state)
{
    const struct ext4_journal *journal = &fs->journal;

    *state = (struct ext4_journal_state){journal->length, journal->used, journal->sequence,
                                         journal->incompat};
    return journal->present;
}

void ext4_statfs(struct ext4_fs *fs, struct ext4_statfs *result)
{
    const struct disk_super *super = ext4_super(fs);
    uint64_t reserved = le32_get(&super->reserved_blocks_lo);

    if (fs->incompat & EXT4_INCOMPAT_64BIT) {
        reserved |= (uint64_t)le32_get(&super->reserved_blocks_hi) << 32;
    }
    *result = (struct ext4_statfs){
        .block_bytes = fs->block_bytes,
        .blocks = fs->block_count,
        .free_blocks = fs->free_blocks << fs->cluster_shift,
        .inodes = fs->inode_count,
        .free_inodes = fs->free_inodes,
        .read_only = !ext4_writable(fs),
    };
    result->available_blocks = result->free_blocks > reserved ? result->free_blocks - reserved : 0;
    memcpy(result->uuid, super->uuid, sizeof(result->uuid));
    memcpy(result->label, super->label, sizeof(super->label));
}
