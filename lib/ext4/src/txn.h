// SPDX-License-Identifier: BSD-2-Clause
/*
 * Transactions and handles.
 *
 * A handle is one change of the file system that happens wholly or not at all, such as a rename. At
 * most one exists: it holds the pen. Before it changes a block it touches it, which saves the old
 * content; if the change fails, that is put back. What succeeded joins the running transaction, and
 * that reaches the disk as one through the journal:
 *
 *      RUNNING --- full, fsync, sync ---> COMMITTING --- commit record durable ---> durable
 *         |                                   |
 *         +------- I/O error or damage -------+---> FAILED: nothing is written any more
 *
 * RUNNING     handles come and go. Changed metadata is LOGGED in the cache, new file data DIRTY and
 *             fresh. There is always one; its number is `sequence`.
 * COMMITTING  fresh data home, metadata to the log, flush, commit record. There is at most one,
 *             with the number before. Beside it handles go on with the next, which is RUNNING.
 *
 * The pen is needed to turn RUNNING into COMMITTING, so no handle is open then, and for nothing
 * that follows. What COMMITTING holds stays as it is until the log has it: see `frozen` in cache.h.
 *
 * A handle that would have to wait is undone and run again: see obstacle.h.
 *
 * A block that is freed is not allocated again before the commit: a shadow of its bitmap keeps what
 * was in use. Otherwise new data could overwrite what a crash brings back.
 */
#pragma once

#include "cache.h"
#include "obstacle.h"

struct ext4_inode;

enum {
    EXT4_HELD_MAX = 64, /* blocks that one handle may look at and touch */
    EXT4_HANDLE_INODES = 6,
    EXT4_REVOKES_MAX = 4096, /* of one transaction */
    EXT4_HANDLE_REVOKES = 64,
};

struct ext4_held {
    struct ext4_buf *buf;
    struct ext4_buf *undo; /* the content before; none for a block that was only looked at */
    uint8_t kind_before;
    bool created; /* there was no content before */
};

struct ext4_handle {
    struct ext4_fs *fs;
    struct ext4_held held[EXT4_HELD_MAX];
    uint32_t held_count;
    struct ext4_inode *inodes[EXT4_HANDLE_INODES];
    struct ext4_buf *inode_bufs[EXT4_HANDLE_INODES];
    uint32_t inode_count;
    uint64_t free_blocks_before;
    uint32_t free_inodes_before, revokes_before;
};

/* The transaction that is being committed. */
struct ext4_committing {
    bool going_on;
    struct ext4_buf **bufs; /* what it has changed */
    uint32_t count;
    uint64_t *revokes;
    uint32_t revoke_count;
    uint32_t frozen_count;
    bool freed;
};

struct ext4_txn {
    struct ext4_handle handle; /* the only one */
    bool pen;
    bool impatient; /* the handle that runs must not wait, but name its obstacle */
    struct ext4_obstacle obstacle;
    uint32_t sequence;   /* of the transaction that is running */
    uint32_t blocks_max; /* of one transaction */
    uint32_t pinned_max; /* frames that all may keep in memory */
    uint64_t *revokes;
    uint32_t revoke_count;
    uint32_t shadow_count; /* of both transactions */
    bool freed;            /* blocks will be free after the commit */
    struct ext4_committing committing;
};

EXT4_RESULT ext4_txn_init(struct ext4_fs *fs);
void ext4_txn_fini(struct ext4_fs *fs);

/* Runs `body` in a handle of its own, and keeps what it did or puts it back. Again after what it
 * would have had to wait for, and when the disk is full but a commit frees blocks: it changes
 * `arguments` only at its end, or in ways that may be repeated. */
EXT4_RESULT ext4_change(struct ext4_fs *fs,
                        enum ext4_status (*body)(struct ext4_handle *handle, void *arguments),
                        void *arguments);

/* How many more blocks the handle can take. */
uint32_t ext4_handle_room(const struct ext4_handle *handle);
uint32_t ext4_handle_revokes(const struct ext4_handle *handle);

/* Pins until the end of the handle; to look at only. */
EXT4_RESULT ext4_look(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                      uint32_t seed, struct ext4_buf **buf);
/* The same, to be changed. */
EXT4_RESULT ext4_touch(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                       uint32_t seed, struct ext4_buf **buf);
/* A block that was just allocated: all zeros. */
EXT4_RESULT ext4_touch_new(struct ext4_handle *handle, uint64_t block, enum ext4_kind kind,
                           uint32_t seed, struct ext4_buf **buf);
/* Locks the inode against readers and writes it at the end of the handle. */
EXT4_RESULT ext4_touch_inode(struct ext4_handle *handle, struct ext4_inode *inode);
/* What the journal holds of this block must not be replayed. */
EXT4_RESULT ext4_revoke(struct ext4_handle *handle, uint64_t block);

/* ---- commit.c ------------------------------------------------------------ */

/* Makes durable what the transaction with this number has, if it is not yet, and all data that was
 * written home before. Whoever comes while another commits waits, and may find the work done. */
EXT4_RESULT ext4_commit(struct ext4_fs *fs, uint32_t sequence);
/* Commits, and brings everything home, so that the journal is empty. */
EXT4_RESULT ext4_commit_home(struct ext4_fs *fs);
/* True if the transaction with this number is running or committing. */
bool ext4_commit_pending(const struct ext4_fs *fs, uint32_t sequence);
/* With the pen: whether the running transaction can take one more handle, whatever that does. */
bool ext4_commit_has_room(const struct ext4_fs *fs);
/* Without the pen: trims the log if it is filling up and nobody else does. */
EXT4_RESULT ext4_commit_trim(struct ext4_fs *fs);
/* Without the pen: does something so that there may be room. */
EXT4_RESULT ext4_commit_make_room(struct ext4_fs *fs);
/* After a crash that is only imagined: changed buffers are forgotten. */
void ext4_txn_abandon(struct ext4_fs *fs);

void ext4_pen_take(struct ext4_fs *fs);
void ext4_pen_give(struct ext4_fs *fs);
void ext4_shadow_release(struct ext4_fs *fs, struct ext4_buf *buf, uint32_t sequence);
