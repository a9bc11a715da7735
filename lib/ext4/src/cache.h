// SPDX-License-Identifier: BSD-2-Clause
/*
 * The buffer cache: a fixed number of frames, one block each.
 *
 *                    read                      done
 *        FREE ---------------> READING ---------------> CLEAN <-----------+
 *         ^ ^                     |                     | |  |            |
 *         | |      failed         |         evict       | |  | data       | written home
 *         | +---------------------+ <-------------------+ |  | changed    | (ext4_cache_write)
 *         |                                    touch      |  v            |
 *         |      rolled back, when new         +----------+  DIRTY -------+
 *         +---------------------------- LOGGED <-- touch --- ^
 *                                        |  ^                |
 *                          commit begins |  | touch          | commit record durable
 *                                        v  | (frozen copy)  |
 *                                      COMMITTING -----------+
 *
 * FREE     no block. On the free list unless pinned (by whoever waited for a read that failed) or
 *          lent out as a frame for other things.
 * READING  the device fills it; everybody waits.
 * CLEAN    the same as on the disk. Those without pins may be evicted, the longest unused first.
 * DIRTY    to be written home, at any time: file data, or metadata that the journal holds.
 * LOGGED   changed by the transaction that is running: must not reach its home before the commit.
 * COMMITTING  changed by the transaction that goes to the log: as LOGGED, but the content must stay
 *          until the log has it. Who changes it again leaves a `frozen` copy for the log.
 *
 * A DIRTY buffer that is being written home, or a COMMITTING one on its way to the log, has
 * `writing` set; whoever wants to change it settles first.
 * A buffer with pins stays what it is: same block, same frame.
 */
#pragma once

#include "base.h"

#include <ext4/device.h>

struct ext4_fs;

enum ext4_buf_state {
    EXT4_BUF_FREE,
    EXT4_BUF_READING,
    EXT4_BUF_CLEAN,
    EXT4_BUF_DIRTY,
    EXT4_BUF_LOGGED,
    EXT4_BUF_COMMITTING,
    EXT4_BUF_STATES,
};

/* A buffer is in the list of its state. File data that is DIRTY, and not in the log, is in one of
 * two others: the whole cache may be full of it, and whoever looks for the rest must not see it. */
enum ext4_buf_list {
    EXT4_LIST_DATA = EXT4_BUF_STATES,
    EXT4_LIST_FRESH,
    EXT4_BUF_LISTS,
};

/* What a block is, so that its own checksum can be checked and made. */
enum ext4_kind {
    EXT4_KIND_PLAIN, /* metadata without a checksum inside */
    EXT4_KIND_DATA,  /* of a file */
    EXT4_KIND_SUPER,
    EXT4_KIND_BLOCK_BITMAP, /* checksum in the group descriptor; seed: the group */
    EXT4_KIND_INODE_BITMAP,
    EXT4_KIND_EXTENTS, /* seed: the inode's, also of the next three */
    EXT4_KIND_DIRECTORY,
    EXT4_KIND_INDEX,
    EXT4_KIND_ORPHANS,
    EXT4_KIND_XATTR,
};

struct ext4_buf {
    uint64_t block;
    uint8_t *data;
    struct ext4_buf *hash_next;
    struct ext4_buf *prev, *next; /* in its list */
    struct ext4_buf *owner_next;  /* other DIRTY data of owners with the same hash */
    struct ext4_buf **owner_link; /* what points to this one; null if it is not among them */
    struct ext4_buf *shadows[2];  /* of a bitmap: what must not be allocated before the commit;
                                     by the lowest bit of the transaction's sequence number */
    struct ext4_buf *frozen;      /* LOGGED, and this is what the commit that goes on takes */
    uint32_t pins;
    uint32_t owner; /* of file data: the inode */
    uint32_t seed;
    uint8_t state, list;
    uint8_t kind;
    bool hashed;
    bool verified; /* its checksum was right, as `kind` with `seed` */
    bool checked;  /* its structure was right, too */
    bool writing;
    bool needs_log; /* the log has committed content that is not at home; the newest is of: */
    uint32_t log_sequence;
    bool fresh; /* file data of a block that was allocated by the running transaction */
};

struct ext4_cache {
    struct ext4_buf *bufs;
    uint8_t *memory;
    struct ext4_buf **buckets;
    struct ext4_buf **owners;              /* as many as buckets */
    struct ext4_buf **batch;               /* what is being written, in order of blocks */
    struct ext4_buf **spare;               /* as much room, to sort it */
    struct ext4_buf lists[EXT4_BUF_LISTS]; /* heads; the oldest is next */
    uint32_t counts[EXT4_BUF_LISTS];
    uint32_t frame_count, bucket_count;
    bool writer_busy; /* somebody uses `batch` */
    /* Writes to home that are done, and how many of them a flush has made durable. */
    uint64_t writes_done, writes_flushed;
};

EXT4_RESULT ext4_cache_init(struct ext4_fs *fs);
void ext4_cache_fini(struct ext4_fs *fs);
/* Asserts what the picture above says. Takes time; at checkpoints. */
void ext4_cache_check(struct ext4_fs *fs);

/* All but pinned buffers are forgotten; none may be dirty. After the journal's replay. */
void ext4_cache_drop(struct ext4_fs *fs);
/* True if memory has nothing that is not at home. */
bool ext4_cache_is_home(const struct ext4_fs *fs);

/* Gives a pin. The content is checked as `kind` when it comes from the disk. */
EXT4_RESULT ext4_buf_read(struct ext4_fs *fs, uint64_t block, enum ext4_kind kind, uint32_t seed,
                          struct ext4_buf **buf);
/* Gives a pin on a block whose old content does not matter: CLEAN, with anything in it.
 * EXT4_CORRUPT if a transaction that is not durable has changed it. */
EXT4_RESULT ext4_buf_new(struct ext4_fs *fs, uint64_t block, struct ext4_buf **buf);
/* The buffer of a block if there is one that can be read; no pin, so only good until a wait. */
struct ext4_buf *ext4_buf_peek(struct ext4_fs *fs, uint64_t block);
void ext4_buf_put(struct ext4_fs *fs, struct ext4_buf *buf);

/* Reads the block into memory, unless it is there. */
EXT4_RESULT ext4_buf_fetch(struct ext4_fs *fs, uint64_t block);
/* Waits until the block is neither read nor written. */
void ext4_buf_await(struct ext4_fs *fs, uint64_t block);

/* A frame without a block. */
EXT4_RESULT ext4_frame_take(struct ext4_fs *fs, struct ext4_buf **frame);
void ext4_frame_give(struct ext4_fs *fs, struct ext4_buf *frame);
/* Makes sure that there are some, or were. */
EXT4_RESULT ext4_frame_await(struct ext4_fs *fs);

/* True for what a transaction has changed that is not durable yet. */
static inline bool ext4_buf_is_held_back(const struct ext4_buf *buf)
{
    return buf->state == EXT4_BUF_LOGGED || buf->state == EXT4_BUF_COMMITTING;
}

/* Waits until nobody writes the buffer. Before every change. */
EXT4_RESULT ext4_buf_settle(struct ext4_fs *fs, struct ext4_buf *buf);
void ext4_buf_set_state(struct ext4_fs *fs, struct ext4_buf *buf, enum ext4_buf_state state);
/* Forgets the content of a pinned buffer. */
void ext4_buf_discard(struct ext4_fs *fs, struct ext4_buf *buf);
/* Pinned and settled file data was changed. */
void ext4_buf_dirty(struct ext4_fs *fs, struct ext4_buf *buf, uint32_t owner, bool fresh);

/* ---- writeback.c --------------------------------------------------------- */

enum ext4_write_what {
    EXT4_WRITE_ALL,
    EXT4_WRITE_SOME,  /* up to `which`, for there is no frame */
    EXT4_WRITE_FRESH, /* file data that must be there before the commit */
    EXT4_WRITE_OWNER, /* file data of one inode: `which` */
    EXT4_WRITE_LOG,   /* what the log has of transactions up to number `which` */
};

/* Writes DIRTY buffers home, in order of their blocks, and waits. */
EXT4_RESULT ext4_cache_write(struct ext4_fs *fs, enum ext4_write_what what, uint32_t which);

/* ---- cache.c ------------------------------------------------------------- */

/* The first in the chain of DIRTY data of this inode, and of others with the same hash. */
struct ext4_buf **ext4_cache_owned(struct ext4_cache *cache, uint32_t number);

/* Plain I/O, waited for. */
EXT4_RESULT ext4_io_run(struct ext4_fs *fs, struct ext4_io *io);
EXT4_RESULT ext4_io_block(struct ext4_fs *fs, enum ext4_io_kind kind, uint64_t block, void *data,
                          bool fua);
EXT4_RESULT ext4_io_flush(struct ext4_fs *fs);
/* The same, unless a flush that came later than these writes is done already. */
EXT4_RESULT ext4_io_flush_after(struct ext4_fs *fs, uint64_t writes_done);
