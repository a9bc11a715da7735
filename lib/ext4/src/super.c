// SPDX-License-Identifier: BSD-2-Clause
#include "super.h"

#include "fs.h"

#include <tiny/string.h>

enum {
    BLOCK_SHIFT_MIN = 10,
    BLOCK_SHIFT_MAX = 16,
    CHECKSUM_CRC32C = 1,
    OLD_REVISION = 0,
    CREATOR_HURD = 1,
};

struct feature {
    uint32_t bit;
    const char *name;
};

/* All names that the format's documentation knows, so that what is refused is named. */
static const struct feature incompat_names[] = {
    {EXT4_INCOMPAT_COMPRESSION, "compression"},
    {EXT4_INCOMPAT_JOURNAL_DEV, "journal_dev"},
    {EXT4_INCOMPAT_MMP, "mmp"},
    {EXT4_INCOMPAT_EA_INODE, "ea_inode"},
    {EXT4_INCOMPAT_DIRDATA, "dirdata"},
    {EXT4_INCOMPAT_LARGEDIR, "large_dir"},
    {EXT4_INCOMPAT_ENCRYPT, "encrypt"},
    {EXT4_INCOMPAT_CASEFOLD, "casefold"},
};

static const struct feature ro_compat_names[] = {
    {EXT4_RO_QUOTA, "quota"},     {EXT4_RO_BIGALLOC, "bigalloc"}, {EXT4_RO_READONLY, "read-only"},
    {EXT4_RO_PROJECT, "project"}, {EXT4_RO_VERITY, "verity"},
};

static const uint32_t incompat_known =
    EXT4_INCOMPAT_FILETYPE | EXT4_INCOMPAT_RECOVER | EXT4_INCOMPAT_META_BG | EXT4_INCOMPAT_EXTENTS |
    EXT4_INCOMPAT_64BIT | EXT4_INCOMPAT_FLEX_BG | EXT4_INCOMPAT_EA_INODE | EXT4_INCOMPAT_CSUM_SEED |
    EXT4_INCOMPAT_LARGEDIR | EXT4_INCOMPAT_INLINE_DATA;

/* Can be read, but what is written would not be right. */
static const uint32_t incompat_read_only = EXT4_INCOMPAT_EA_INODE;

static const uint32_t ro_compat_writable =
    EXT4_RO_SPARSE_SUPER | EXT4_RO_LARGE_FILE | EXT4_RO_HUGE_FILE | EXT4_RO_GDT_CSUM |
    EXT4_RO_DIR_NLINK | EXT4_RO_EXTRA_ISIZE | EXT4_RO_METADATA_CSUM | EXT4_RO_ORPHAN_PRESENT;

static const char *feature_name(const struct feature *names, size_t count, uint32_t bit)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].bit == bit) {
            return names[i].name;
        }
    }
    return "unknown";
}

/* Says every feature among `bits` that stands in the way; true if there is one. */
static bool complain(struct ext4_fs *fs, uint32_t bits, const struct feature *names, size_t count,
                     const char *consequence)
{
    for (int i = 0; i < 32; i++) {
        uint32_t bit = bits & (uint32_t)1 << i;

        if (bit) {
            ext4_log(fs, "feature %s (0x%x) is not supported: %s", feature_name(names, count, bit),
                     bit, consequence);
        }
    }
    return bits != 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool ext4_super_may_write(struct ext4_fs *fs)
{
    return !complain(fs, fs->incompat & incompat_read_only, incompat_names, COUNT(incompat_names),
                     "mounting read-only") &&
           !complain(fs, fs->ro_compat & ~ro_compat_writable, ro_compat_names,
                     COUNT(ro_compat_names), "mounting read-only");
}

static enum ext4_status check_features(struct ext4_fs *fs, const struct disk_super *super)
{
    fs->compat = le32_get(&super->compat);
    fs->incompat = le32_get(&super->incompat);
    fs->ro_compat = le32_get(&super->ro_compat);
    if (complain(fs, fs->incompat & ~incompat_known, incompat_names, COUNT(incompat_names),
                 "cannot mount")) {
        return EXT4_UNSUPPORTED;
    }
    if (!fs->read_only && !ext4_super_may_write(fs)) {
        fs->read_only = true;
    }
    if (le32_get(&super->creator_os) == CREATOR_HURD) {
        ext4_log(fs, "made by the Hurd, whose inodes differ: cannot mount");
        return EXT4_UNSUPPORTED;
    }
    return EXT4_OK;
}

static enum ext4_status check_checksum(struct ext4_fs *fs, const struct disk_super *super,
                                       bool strict)
{
    uint32_t made;

    if (!ext4_has_checksums(fs)) {
        return EXT4_OK;
    }
    if (super->checksum_type != CHECKSUM_CRC32C) {
        ext4_log(fs, "superblock: checksum type %u, known is %u", super->checksum_type,
                 CHECKSUM_CRC32C);
        return EXT4_UNSUPPORTED;
    }
    made = ext4_crc32c(&fs->crc, ~0u, super, offsetof(struct disk_super, checksum));
    fs->super_is_torn = made != le32_get(&super->checksum);
    if (fs->super_is_torn && strict) {
        return ext4_corrupt(fs, "superblock: checksum 0x%08x, expected 0x%08x",
                            le32_get(&super->checksum), made);
    }
    return EXT4_OK;
}

static enum ext4_status check_blocks(struct ext4_fs *fs, const struct disk_super *super)
{
    uint32_t log_block = le32_get(&super->log_block_size);
    uint32_t log_cluster = le32_get(&super->log_cluster_size);
    uint64_t high = fs->incompat & EXT4_INCOMPAT_64BIT ? le32_get(&super->blocks_count_hi) : 0;

    if (log_block > BLOCK_SHIFT_MAX - BLOCK_SHIFT_MIN) {
        return ext4_corrupt(fs, "superblock: block size 1024 << %u", log_block);
    }
    fs->block_shift = BLOCK_SHIFT_MIN + log_block;
    fs->block_bytes = 1u << fs->block_shift;
    fs->block_count = le32_get(&super->blocks_count_lo) | high << 32;
    fs->first_data_block = le32_get(&super->first_data_block);
    fs->blocks_per_group = le32_get(&super->blocks_per_group);
    if (fs->ro_compat & EXT4_RO_BIGALLOC) {
        if (log_cluster < log_block || log_cluster > log_block + 16) {
            return ext4_corrupt(fs, "superblock: cluster size 1024 << %u", log_cluster);
        }
        fs->cluster_shift = log_cluster - log_block;
    }
    if (fs->first_data_block != (fs->block_bytes == 1024 && !fs->cluster_shift ? 1 : 0)) {
        return ext4_corrupt(fs, "superblock: first data block %u", fs->first_data_block);
    }
    if (fs->blocks_per_group < 8 || fs->blocks_per_group % 8 != 0 ||
        fs->blocks_per_group >> fs->cluster_shift > fs->block_bytes * 8) {
        return ext4_corrupt(fs, "superblock: %u blocks per group", fs->blocks_per_group);
    }
    if (fs->block_count <= fs->first_data_block ||
        fs->block_count > fs->config.device.size_bytes >> fs->block_shift) {
        return ext4_corrupt(fs, "superblock: %llu blocks of %u bytes on a device of %llu bytes",
                            (unsigned long long)fs->block_count, fs->block_bytes,
                            (unsigned long long)fs->config.device.size_bytes);
    }
    return EXT4_OK;
}

static bool is_power_of_two(uint32_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

static enum ext4_status check_inodes(struct ext4_fs *fs, const struct disk_super *super)
{
    bool old = le32_get(&super->revision) == OLD_REVISION;

    fs->inode_count = le32_get(&super->inodes_count);
    fs->inodes_per_group = le32_get(&super->inodes_per_group);
    fs->inode_bytes = old ? EXT4_INODE_BYTES_MIN : le16_get(&super->inode_size);
    fs->first_inode = old ? EXT4_INODE_FIRST_OLD : le32_get(&super->first_inode);
    if (fs->inode_bytes < EXT4_INODE_BYTES_MIN || fs->inode_bytes > fs->block_bytes ||
        !is_power_of_two(fs->inode_bytes)) {
        return ext4_corrupt(fs, "superblock: inodes of %u bytes", fs->inode_bytes);
    }
    if (fs->inodes_per_group == 0 || fs->inodes_per_group > fs->block_bytes * 8 ||
        fs->inodes_per_group % 8 != 0) {
        return ext4_corrupt(fs, "superblock: %u inodes per group", fs->inodes_per_group);
    }
    if (fs->first_inode < EXT4_INODE_FIRST_OLD || fs->first_inode > fs->inode_count) {
        return ext4_corrupt(fs, "superblock: first inode %u of %u", fs->first_inode,
                            fs->inode_count);
    }
    if (fs->compat & EXT4_COMPAT_ORPHAN_FILE) {
        fs->orphan_file_inode = le32_get(&super->orphan_file_inode);
    }
    return EXT4_OK;
}

static enum ext4_status check_groups(struct ext4_fs *fs, const struct disk_super *super)
{
    uint64_t groups = ext4_divide_up(fs->block_count - fs->first_data_block, fs->blocks_per_group);

    fs->desc_bytes = EXT4_DESC_BYTES_MIN;
    if (fs->incompat & EXT4_INCOMPAT_64BIT) {
        fs->desc_bytes = le16_get(&super->desc_size);
        if (fs->desc_bytes < EXT4_DESC_BYTES_64 || fs->desc_bytes > fs->block_bytes ||
            !is_power_of_two(fs->desc_bytes)) {
            return ext4_corrupt(fs, "superblock: group descriptors of %u bytes", fs->desc_bytes);
        }
    }
    if (groups > UINT32_MAX || groups * fs->inodes_per_group != fs->inode_count) {
        return ext4_corrupt(fs, "superblock: %u inodes in %llu groups of %u", fs->inode_count,
                            (unsigned long long)groups, fs->inodes_per_group);
    }
    fs->group_count = (uint32_t)groups;
    return EXT4_OK;
}

static void take_seeds(struct ext4_fs *fs, const struct disk_super *super)
{
    fs->checksum_seed = fs->incompat & EXT4_INCOMPAT_CSUM_SEED
                            ? le32_get(&super->checksum_seed)
                            : ext4_crc32c(&fs->crc, ~0u, super->uuid, sizeof(super->uuid));
    for (int i = 0; i < 4; i++) {
        fs->hash_seed[i] = le32_get(&super->hash_seed[i]);
    }
    fs->hash_unsigned = le32_get(&super->flags) & EXT4_UNSIGNED_HASH;
    fs->hash_version = super->hash_version < EXT4_HASH_VERSIONS
                           ? (enum ext4_hash_version)super->hash_version
                           : EXT4_HASH_HALF_MD4;
    fs->free_blocks = le32_get(&super->free_blocks_lo);
    if (fs->incompat & EXT4_INCOMPAT_64BIT) {
        fs->free_blocks |= (uint64_t)le32_get(&super->free_blocks_hi) << 32;
    }
    fs->free_blocks >>= fs->cluster_shift;
    fs->free_inodes = le32_get(&super->free_inodes);
}

static enum ext4_status examine(struct ext4_fs *fs, const struct disk_super *super, bool strict)
{
    if (le16_get(&super->magic) != EXT4_MAGIC) {
        ext4_log(fs, "no ext2, ext3 or ext4: magic 0x%04x, expected 0x%04x",
                 le16_get(&super->magic), EXT4_MAGIC);
        return EXT4_CORRUPT;
    }
    TRY(check_features(fs, super));
    TRY(check_checksum(fs, super, strict));
    TRY(check_blocks(fs, super));
    TRY(check_inodes(fs, super));
    TRY(check_groups(fs, super));
    take_seeds(fs, super);
    return EXT4_OK;
}

enum ext4_status ext4_super_load(struct ext4_fs *fs, bool strict)
{
    struct disk_super *super;
    struct ext4_segment segment = {NULL, EXT4_SUPER_BYTES};
    struct ext4_io io = {.kind = EXT4_IO_READ,
                         .offset_bytes = EXT4_SUPER_OFFSET,
                         .segments = &segment,
                         .segment_count = 1};
    enum ext4_status status;

    if (fs->config.device.size_bytes < EXT4_SUPER_OFFSET + EXT4_SUPER_BYTES) {
        ext4_log(fs, "a device of %llu bytes has no superblock",
                 (unsigned long long)fs->config.device.size_bytes);
        return EXT4_CORRUPT;
    }
    super = ext4_alloc(fs, EXT4_SUPER_BYTES);
    if (!super) {
        return EXT4_NO_MEMORY;
    }
    segment.data = super;
    status = ext4_io_run(fs, &io);
    if (status == EXT4_OK) {
        status = examine(fs, super, strict);
    }
    ext4_free(fs, super, EXT4_SUPER_BYTES);
    return status;
}

struct disk_super *ext4_super(struct ext4_fs *fs)
{
    return (struct disk_super *)(fs->super->data + EXT4_SUPER_OFFSET % fs->block_bytes);
}

enum ext4_status ext4_super_pin(struct ext4_fs *fs)
{
    return ext4_buf_read(fs, EXT4_SUPER_OFFSET >> fs->block_shift, EXT4_KIND_SUPER, 0, &fs->super);
}

void ext4_super_seal(struct ext4_fs *fs, struct disk_super *super)
{
    struct ext4_time now = ext4_now(fs);
    uint64_t free_blocks = fs->free_blocks << fs->cluster_shift;

    le32_set(&super->free_blocks_lo, (uint32_t)free_blocks);
    if (fs->incompat & EXT4_INCOMPAT_64BIT) {
        le32_set(&super->free_blocks_hi, (uint32_t)(free_blocks >> 32));
    }
    le32_set(&super->free_inodes, fs->free_inodes);
    le32_set(&super->write_time, (uint32_t)now.seconds);
    super->write_time_hi = (uint8_t)(now.seconds >> 32);
    if (ext4_has_checksums(fs)) {
        le32_set(&super->checksum,
                 ext4_crc32c(&fs->crc, ~0u, super, offsetof(struct disk_super, checksum)));
    }
}

/* Says whether the orphan file must be looked at. */
static void set_orphan_present(struct ext4_fs *fs, struct disk_super *super, bool present)
{
    fs->ro_compat &= ~(uint32_t)EXT4_RO_ORPHAN_PRESENT;
    if (present && fs->orphans.file) {
        fs->ro_compat |= EXT4_RO_ORPHAN_PRESENT;
    }
    le32_set(&super->ro_compat, fs->ro_compat);
}

/* With a journal the flag says that it must be replayed; without one the state says that a check
 * is due after a crash. */
static void set_in_use(struct ext4_fs *fs, struct disk_super *super, bool in_use)
{
    uint32_t state = le16_get(&super->state);

    set_orphan_present(fs, super, in_use || fs->orphans.used_count > 0);
    if (fs->journal.present) {
        fs->incompat = in_use ? fs->incompat | EXT4_INCOMPAT_RECOVER
                              : fs->incompat & ~(uint32_t)EXT4_INCOMPAT_RECOVER;
        le32_set(&super->incompat, fs->incompat);
    } else {
        state = in_use ? state & ~(uint32_t)EXT4_STATE_CLEAN : state | fs->state_before;
        le16_set(&super->state, state);
    }
}

static void put_errors(struct ext4_fs *fs, struct disk_super *super)
{
    struct ext4_errors *errors = &fs->errors;

    if (errors->count == 0) {
        return;
    }
    if (le32_get(&super->error_count) == 0) {
        le32_set(&super->first_error_time, (uint32_t)errors->first.seconds);
        memcpy(super->first_error_text, errors->first_text, sizeof(errors->first_text));
    }
    le32_set(&super->last_error_time, (uint32_t)errors->last.seconds);
    memcpy(super->last_error_text, errors->last_text, sizeof(errors->last_text));
    le32_set(&super->error_count, le32_get(&super->error_count) + errors->count);
    le16_set(&super->state, le16_get(&super->state) | EXT4_STATE_ERROR);
    errors->count = 0;
}

static void count_mount(struct ext4_fs *fs, struct disk_super *super)
{
    struct ext4_time now = ext4_now(fs);

    le16_set(&super->mount_count, le16_get(&super->mount_count) + 1);
    le32_set(&super->mount_time, (uint32_t)now.seconds);
    super->mount_time_hi = (uint8_t)(now.seconds >> 32);
}

static enum ext4_status write_errors(struct ext4_fs *fs, struct disk_super *super)
{
    struct ext4_segment segment = {super, EXT4_SUPER_BYTES};
    struct ext4_io io = {.kind = EXT4_IO_READ,
                         .offset_bytes = EXT4_SUPER_OFFSET,
                         .segments = &segment,
                         .segment_count = 1};

    TRY(ext4_io_run(fs, &io));
    put_errors(fs, super);
    if (ext4_has_checksums(fs)) {
        le32_set(&super->checksum,
                 ext4_crc32c(&fs->crc, ~0u, super, offsetof(struct disk_super, checksum)));
    }
    io.kind = EXT4_IO_WRITE;
    io.fua = true;
    TRY(ext4_io_run(fs, &io));
    return fs->journal.present ? ext4_journal_note_error(fs) : EXT4_OK;
}

void ext4_super_write_errors(struct ext4_fs *fs)
{
    struct disk_super *super = ext4_alloc(fs, EXT4_SUPER_BYTES);

    if (!super || write_errors(fs, super) != EXT4_OK) {
        ext4_log(fs, "the superblock does not say that there is damage");
    }
    ext4_free(fs, super, EXT4_SUPER_BYTES);
}

struct marking {
    struct ext4_fs *fs;
    bool in_use;
};

static enum ext4_status mark(struct ext4_handle *handle, void *arguments)
{
    const struct marking *marking = arguments;
    struct ext4_fs *fs = handle->fs;
    struct ext4_buf *buf;

    if (!marking->in_use && !ext4_cache_is_home(fs)) {
        return EXT4_BUSY;
    }
    TRY(ext4_touch(handle, fs->super->block, EXT4_KIND_SUPER, 0, &buf));
    set_in_use(fs, ext4_super(fs), marking->in_use);
    put_errors(fs, ext4_super(fs));
    if (marking->in_use) {
        count_mount(fs, ext4_super(fs));
    } else {
        fs->read_only = true; /* nothing comes after this */
    }
    return EXT4_OK;
}

enum ext4_status ext4_super_mark(struct ext4_fs *fs, bool in_use)
{
    struct marking marking = {fs, in_use};

    TRY(ext4_change(fs, mark, &marking));
    TRY(ext4_commit(fs, fs->txn.sequence));
    return ext4_io_block(fs, EXT4_IO_WRITE, fs->super->block, fs->super->data, true);
}
