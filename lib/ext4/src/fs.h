// SPDX-License-Identifier: BSD-2-Clause
/* The state of one mounted file system, and the services that every module uses. */
#pragma once

#include "base.h"
#include "cache.h"
#include "checksum.h"
#include "disk.h"
#include "hash.h"
#include "inode.h"
#include "journal.h"
#include "order.h"
#include "orphan.h"
#include "txn.h"
#include "window.h"

#include <ext4/ext4.h>

struct write;

/* Damage that was found since the mount, and not written to the superblock yet. */
struct ext4_errors {
    uint32_t count;
    struct ext4_time first, last;
    char first_text[32], last_text[32]; /* not terminated */
};

struct ext4_fs {
    struct ext4_config config;
    struct ext4_crc crc;

    /* From the superblock, all checked. */
    uint32_t block_bytes, block_shift;
    uint64_t block_count;
    uint32_t first_data_block;
    uint32_t blocks_per_group, inodes_per_group, group_count;
    uint32_t cluster_shift; /* blocks per cluster, as a power of two */
    uint32_t inode_count, inode_bytes, first_inode, desc_bytes;
    uint32_t orphan_file_inode; /* 0: none */
    uint32_t compat, incompat, ro_compat;
    uint32_t checksum_seed;
    uint32_t hash_seed[4];
    bool hash_unsigned;
    enum ext4_hash_version hash_version; /* of new indexes */
    enum ext4_data_mode data_mode;

    bool super_is_torn;
    bool read_only;
    bool remounting;
    bool passing; /* who runs may change what is read-only for all others; see ext4_wait */
    bool failed;  /* an error made it read-only */
    bool refused; /* nor is anything read */
    struct ext4_errors errors;
    uint64_t free_blocks; /* clusters */
    uint32_t free_inodes;
    struct ext4_buf *super; /* pinned */

    struct ext4_cache cache;
    struct write *writes;
    void *journal_writer;
    struct ext4_inodes inodes;
    struct ext4_journal journal;
    struct ext4_orphans orphans;
    struct ext4_txn txn;
    struct ext4_windows windows;
    struct ext4_order order;
    uint32_t *longest;     /* of each group: no run of free blocks is longer */
    uint32_t random;       /* state of generator for generations and spreading */
    uint32_t state_before; /* of the superblock at mount, when there is no journal */
};

static inline bool ext4_has_checksums(const struct ext4_fs *fs)
{
    return fs->ro_compat & EXT4_RO_METADATA_CSUM;
}

static inline bool ext4_writable(const struct ext4_fs *fs)
{
    return (!fs->read_only || fs->passing) && !fs->failed;
}

void *ext4_alloc(struct ext4_fs *fs, size_t bytes);
void ext4_free(struct ext4_fs *fs, void *memory, size_t bytes);
void ext4_wait(struct ext4_fs *fs, const void *what);
uint32_t ext4_random(struct ext4_fs *fs);
struct ext4_time ext4_now(struct ext4_fs *fs);

void ext4_log(struct ext4_fs *fs, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The disk contradicts itself: says so, does what the policy wants and returns EXT4_CORRUPT. */
EXT4_RESULT ext4_corrupt(struct ext4_fs *fs, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The superblock will say so. */
void ext4_note_error(struct ext4_fs *fs, const char *text);

/* Nothing can be written safely any more. */
void ext4_fail(struct ext4_fs *fs, const char *why);

/* What `writes` and `journal_writer` need. */
size_t ext4_cache_writes_bytes(void);
size_t ext4_journal_writer_bytes(const struct ext4_fs *fs);
