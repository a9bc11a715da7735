// SPDX-License-Identifier: BSD-2-Clause
/*
 * The journal (JBD2): a ring of blocks in an inode, big endian. A transaction in it is
 *
 *      [revocations]  { descriptor  block  block ... }  commit
 *
 * where a descriptor's tags say where the blocks belong and each record carries magic, type and the
 * transaction's sequence number. The journal's superblock says where the oldest transaction begins,
 * or that the log is empty.
 *
 *                                                             +-- ext4_journal_trim: what the
 *                                                             |   oldest have is home, flushed,
 *                                                             v   superblock names the next
 *      EMPTY ---- ext4_journal_write: superblock names the first transaction ----> FILLED
 *        ^                                                                           |
 *        +--- ext4_journal_checkpoint: all home, flushed, superblock says empty -----+
 *
 * The oldest are trimmed when the log fills up, beside everything else. A checkpoint empties the
 * whole log; it is due when the running transaction and one more handle might not fit in what is
 * left, and trimming does not help. So a commit itself never waits for room.
 */
#pragma once

#include "base.h"

#include <stdbool.h>
#include <stddef.h>

struct ext4_fs;

/* Blocks of the journal's file that lie one after the other. */
struct ext4_journal_run {
    uint32_t logical, count;
    uint64_t physical;
};

/* A transaction in the log. */
struct ext4_journal_entry {
    uint32_t sequence, start, blocks;
};

enum { EXT4_JOURNAL_ENTRIES = 256 };

struct ext4_journal {
    bool present;
    struct ext4_journal_run *runs;
    uint32_t run_count, run_room;
    uint8_t *super;         /* a copy of its first block */
    uint32_t first, length; /* the log: blocks first .. first + length - 1 of the file */
    uint32_t head;          /* where the next transaction begins */
    uint32_t used;          /* blocks of the log in use */
    uint32_t reserved;      /* blocks that the commit which goes on will still use */
    uint32_t sequence;      /* of the next transaction */
    uint32_t incompat;
    uint32_t seed;                                           /* of checksums */
    struct ext4_journal_entry entries[EXT4_JOURNAL_ENTRIES]; /* a ring, the oldest first */
    uint32_t entry_first, entry_count;
    bool filled;
    bool super_busy; /* somebody trims or empties; after the pen in the locking order */
    bool replayed;   /* by this mount */
};

/* Finds the journal and reads its superblock; replays what it holds. */
EXT4_RESULT ext4_journal_load(struct ext4_fs *fs);
void ext4_journal_fini(struct ext4_fs *fs);

/* Before the first transaction: chooses checksums and tags that fit the file system. */
EXT4_RESULT ext4_journal_start(struct ext4_fs *fs);

/* Makes the journal's superblock say that the file system is damaged. */
EXT4_RESULT ext4_journal_note_error(struct ext4_fs *fs);
/* Whether it said so when it was loaded; and that the file system's own superblock says so now. */
bool ext4_journal_has_error(struct ext4_fs *fs);
void ext4_journal_forget_error(struct ext4_fs *fs);

/* Whether a transaction of that size fits in the log as it is. */
bool ext4_journal_has_room(const struct ext4_fs *fs, uint32_t blocks, uint32_t revokes);
/* Sets room aside for the transaction that is going to be written. */
void ext4_journal_reserve(struct ext4_fs *fs, uint32_t blocks, uint32_t revokes);
/* Writes the transaction that is committing and makes it durable. */
EXT4_RESULT ext4_journal_write(struct ext4_fs *fs);
/* Brings everything home. No transaction may be running or committing. */
EXT4_RESULT ext4_journal_checkpoint(struct ext4_fs *fs);
/* Forgets the oldest transactions, up to half of what is used; *done tells whether any. No lock is
 * needed. Changes and commits go on. */
EXT4_RESULT ext4_journal_trim(struct ext4_fs *fs, bool *done);

/* ---- for journal.c and recover.c ----------------------------------------- */

EXT4_RESULT ext4_journal_place(struct ext4_fs *fs, uint32_t logical, uint64_t *physical);
EXT4_RESULT ext4_journal_write_super(struct ext4_fs *fs, uint32_t start, uint32_t sequence);
uint32_t ext4_journal_next(const struct ext4_journal *journal, uint32_t block);
size_t ext4_journal_tag_bytes(const struct ext4_journal *journal);
bool ext4_journal_checksums(const struct ext4_journal *journal);
uint32_t ext4_journal_tag_checksum(struct ext4_fs *fs, uint32_t sequence, const void *data);
EXT4_RESULT ext4_journal_replay(struct ext4_fs *fs);
