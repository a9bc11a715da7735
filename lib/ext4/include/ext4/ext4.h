// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4 as a library: no operating-system calls, no globals, no threads of its own.
 *
 * Many requests may run at the same time as coroutines that give way only in the `wait` hook; a
 * caller that runs straight through is the simplest case of that. Operations return a status and
 * give results through their last pointers. An operation that changes something and fails leaves
 * no trace of itself, unless a comment says otherwise. docs/ext4.md has the whole picture.
 */
#pragma once

#include <ext4/device.h>

#include <stddef.h>

struct ext4_fs;
struct ext4_inode;

enum { EXT4_NAME_MAX = 255, EXT4_ROOT = 2 };

struct ext4_time {
    int64_t seconds; /* since 1970; on disk up to the year 2446 */
    uint32_t nanoseconds;
};

/* Services of whoever uses the library. All but `self` must be given. */
struct ext4_host {
    void *context;
    void *(*alloc)(void *context, size_t bytes); /* null when there is none */
    void (*free)(void *context, void *memory, size_t bytes);
    struct ext4_time (*now)(void *context);
    /* The only place where a request waits: returns when something may have changed, such as an
     * I/O that was done or a lock that was given back. `what` names it, for schedulers. */
    void (*wait)(void *context, const void *what);
    void (*log)(void *context, const char *text);
    /* Something that is another one for each request that runs at the same time. If given, the
     * order of locks is checked. */
    const void *(*self)(void *context);
};

/* What to do when the disk contradicts itself. */
enum ext4_policy {
    EXT4_ON_ERROR_READ_ONLY, /* nothing is written any more */
    EXT4_ON_ERROR_CONTINUE,
    EXT4_ON_ERROR_REFUSE, /* nothing is read either, and what says it has errors is not mounted */
};

/* What a power cut may do to data that was written and not synced. What is durable stays in every
 * mode, and so do names, sizes and everything else of the file system itself. */
enum ext4_data_mode {
    EXT4_DATA_DEFAULT,   /* what the superblock says, or ordered */
    EXT4_DATA_ORDERED,   /* data is home before a size or a block shows it: no foreign bytes */
    EXT4_DATA_WRITEBACK, /* a file may have what lay in its new blocks before */
    EXT4_DATA_JOURNAL,   /* data goes through the journal, too: writes come true in their order */
};

struct ext4_config {
    struct ext4_device device;
    struct ext4_host host;
    size_t cache_bytes;   /* budget of the buffer cache; 1 MiB is enough for 4 KiB blocks */
    uint32_t inode_count; /* inodes in memory at a time; at least 16 */
    enum ext4_policy policy;
    enum ext4_data_mode data_mode; /* ordered when there is no journal */
    bool read_only;
    uint32_t guard_bytes; /* not used, behind each block and inode in memory; for tests */
};

/* Reads the superblock, replays the journal, cleans up orphans. Gives *fs. */
EXT4_RESULT ext4_mount(const struct ext4_config *config, struct ext4_fs **fs);

/* Takes fs, whatever it returns; the status tells whether everything reached the disk. EXT4_BUSY
 * alone leaves it mounted: inodes are still held, or a remount goes on. */
EXT4_RESULT ext4_unmount(struct ext4_fs *fs);

/* Forgets everything that is not on the disk, as if the power went. Takes fs. */
void ext4_abandon(struct ext4_fs *fs);

/* From now on nothing can be changed, or it can again. While it is read-only, requests for changes
 * end with EXT4_READ_ONLY, those in several steps perhaps after some of them, and inodes without
 * links stay when they are put. A remount for writing deletes these, as a mount would, but not what
 * is open. It fails, and the log says why, when damage was found or the file system has what cannot
 * be written. EXT4_BUSY while another one goes on. */
EXT4_RESULT ext4_remount(struct ext4_fs *fs, bool read_only);

/* Everything done before is durable afterwards. */
EXT4_RESULT ext4_sync(struct ext4_fs *fs);

struct ext4_statfs {
    uint32_t block_bytes;
    uint64_t blocks, free_blocks, available_blocks; /* available: without those kept for root */
    uint64_t inodes, free_inodes;
    uint8_t uuid[16];
    char label[17];
    bool read_only;
};

void ext4_statfs(struct ext4_fs *fs, struct ext4_statfs *result);

struct ext4_journal_state {
    uint32_t blocks, used; /* of the log */
    uint32_t sequence;     /* of the next transaction */
    uint32_t features;     /* as in the journal's superblock */
};

/* False if there is no journal. */
bool ext4_journal_state(struct ext4_fs *fs, struct ext4_journal_state *state);

/* ---- checking ------------------------------------------------------------ */

struct ext4_check_result {
    uint32_t problems; /* each of which the log names: what, where, and what was expected */
    uint32_t directories, files, others;
    uint32_t orphans; /* the next mount for writing finishes them */
};

/* Compares everything that is said twice: bitmaps and counters with what all inodes have, names
 * with link counts, the lists with what they list. Changes nothing, and needs a file system that
 * is mounted read-only (EXT4_BUSY otherwise) and stays so. Problems are no failure; needs memory of
 * a bit for each block and 7 to 15 bytes for each inode. */
EXT4_RESULT ext4_check(struct ext4_fs *fs, struct ext4_check_result *result);

/* ---- inodes -------------------------------------------------------------- */

enum ext4_type {
    EXT4_TYPE_UNKNOWN,
    EXT4_TYPE_FILE,
    EXT4_TYPE_DIRECTORY,
    EXT4_TYPE_CHARACTER,
    EXT4_TYPE_BLOCK,
    EXT4_TYPE_FIFO,
    EXT4_TYPE_SOCKET,
    EXT4_TYPE_SYMLINK,
};

/* Mode bits as POSIX has them. */
enum {
    EXT4_MODE_TYPE = 0170000,
    EXT4_MODE_SOCKET = 0140000,
    EXT4_MODE_SYMLINK = 0120000,
    EXT4_MODE_FILE = 0100000,
    EXT4_MODE_BLOCK = 0060000,
    EXT4_MODE_DIRECTORY = 0040000,
    EXT4_MODE_CHARACTER = 0020000,
    EXT4_MODE_FIFO = 0010000,
    EXT4_MODE_SETUID = 04000,
    EXT4_MODE_SETGID = 02000,
    EXT4_MODE_STICKY = 01000,
};

enum ext4_type ext4_type_of_mode(uint32_t mode);

struct ext4_attributes {
    uint32_t inode, generation, mode, links, uid, gid, flags;
    uint64_t size;
    uint64_t sectors; /* of 512 bytes, in use; also those that content in an inode would need */
    uint32_t device_major, device_minor;
    struct ext4_time accessed, modified, changed, created;
};

/* Gives a reference; an inode without links lives until its last reference is put. */
EXT4_RESULT ext4_inode_get(struct ext4_fs *fs, uint32_t number, struct ext4_inode **inode);
void ext4_inode_put(struct ext4_inode *inode);
uint32_t ext4_inode_number(const struct ext4_inode *inode);
void ext4_stat(struct ext4_inode *inode, struct ext4_attributes *result);

enum {
    EXT4_SET_MODE = 1,
    EXT4_SET_UID = 2,
    EXT4_SET_GID = 4,
    EXT4_SET_ACCESSED = 8,
    EXT4_SET_MODIFIED = 16,
};

/* Sets what `which` names; the type in the mode stays. */
EXT4_RESULT ext4_set_attributes(struct ext4_inode *inode, unsigned which,
                                const struct ext4_attributes *values);

/* Gives a reference to what `name` is in `directory`. */
EXT4_RESULT ext4_lookup(struct ext4_inode *directory, const char *name, size_t length,
                        struct ext4_inode **inode);

struct ext4_entry {
    const char *name; /* borrowed, not terminated */
    size_t length;
    uint32_t inode;
    enum ext4_type type;
    uint64_t next; /* where to go on after this entry */
};

/* Calls `take` for entries from `position` (0 at first) on until it returns false or all were seen.
 * Positions stay good while other entries come and go. `take` must not wait or call back. */
EXT4_RESULT ext4_readdir(struct ext4_inode *directory, uint64_t position,
                         bool (*take)(void *context, const struct ext4_entry *entry),
                         void *context);

/* Gives the target, which is not terminated, and its length. */
EXT4_RESULT ext4_readlink(struct ext4_inode *inode, char *target, size_t size, size_t *length);

/* ---- changes of names ---------------------------------------------------- */

struct ext4_owner {
    uint32_t uid, gid;
};

/* Regular files, directories and special files, by the type in `mode`. A set-group-id directory
 * hands its group down. Gives a reference. */
EXT4_RESULT ext4_create(struct ext4_inode *directory, const char *name, size_t length,
                        uint32_t mode, struct ext4_owner owner, uint32_t device_major,
                        uint32_t device_minor, struct ext4_inode **inode);
EXT4_RESULT ext4_symlink(struct ext4_inode *directory, const char *name, size_t length,
                         const char *target, size_t target_length, struct ext4_owner owner,
                         struct ext4_inode **inode);
EXT4_RESULT ext4_link(struct ext4_inode *directory, const char *name, size_t length,
                      struct ext4_inode *inode);
EXT4_RESULT ext4_unlink(struct ext4_inode *directory, const char *name, size_t length);
EXT4_RESULT ext4_rmdir(struct ext4_inode *directory, const char *name, size_t length);

enum ext4_rename_mode { EXT4_RENAME_REPLACE, EXT4_RENAME_KEEP, EXT4_RENAME_EXCHANGE };

EXT4_RESULT ext4_rename(struct ext4_inode *from, const char *from_name, size_t from_length,
                        struct ext4_inode *to, const char *to_name, size_t to_length,
                        enum ext4_rename_mode mode);

/* ---- contents of files --------------------------------------------------- */

/* *done is less than `bytes` only at the end of the file. */
EXT4_RESULT ext4_read(struct ext4_inode *inode, uint64_t offset, void *data, size_t bytes,
                      size_t *done);

/* On failure *done tells what was written before it. */
EXT4_RESULT ext4_write(struct ext4_inode *inode, uint64_t offset, const void *data, size_t bytes,
                       size_t *done);
EXT4_RESULT ext4_truncate(struct ext4_inode *inode, uint64_t size);

enum ext4_allocate_mode {
    EXT4_ALLOCATE,           /* room for the range, zeros where nothing was; grows the file */
    EXT4_ALLOCATE_KEEP_SIZE, /* the same, but the size stays */
    EXT4_PUNCH_HOLE,         /* the range becomes a hole; the size stays */
    EXT4_ZERO_RANGE,         /* the range becomes zeros that have room; the size stays */
};

/* What was done before a failure stays. Needs extents for all but PUNCH_HOLE. */
EXT4_RESULT ext4_allocate(struct ext4_inode *inode, enum ext4_allocate_mode mode, uint64_t offset,
                          uint64_t bytes);

/* The first data (or hole) at or after `offset`; EXT4_NOT_FOUND beyond the last. */
EXT4_RESULT ext4_seek(struct ext4_inode *inode, bool hole, uint64_t offset, uint64_t *result);

enum ext4_piece_kind {
    EXT4_PIECE_HOLE,
    EXT4_PIECE_WRITTEN,
    EXT4_PIECE_UNWRITTEN,
    EXT4_PIECE_INLINE, /* in the inode */
};

/* Where a part of a file or directory lies. */
struct ext4_piece {
    enum ext4_piece_kind kind;
    uint64_t bytes;
    uint64_t device_offset; /* only of what has blocks */
};

/* The piece that `offset` is in, from there on; EXT4_NOT_FOUND at or beyond the end. */
EXT4_RESULT ext4_piece_at(struct ext4_inode *inode, uint64_t offset, struct ext4_piece *piece);

/* The file, with its data and what is needed to read it, is durable afterwards. */
EXT4_RESULT ext4_fsync(struct ext4_inode *inode);
/* The same but for what reading it does not need: times, owner, mode and attributes may be lost. */
EXT4_RESULT ext4_fdatasync(struct ext4_inode *inode);

/* ---- extended attributes ------------------------------------------------- */

/* Names carry their class: user. trusted. security. system. Gives the length; with size 0 nothing
 * else. */
EXT4_RESULT ext4_xattr_get(struct ext4_inode *inode, const char *name, size_t length, void *value,
                           size_t size, size_t *value_length);
/* `take` must not wait or call back. */
EXT4_RESULT ext4_xattr_list(struct ext4_inode *inode,
                            void (*take)(void *context, const char *prefix, const char *name,
                                         size_t length),
                            void *context);
enum ext4_xattr_mode { EXT4_XATTR_ANY, EXT4_XATTR_CREATE, EXT4_XATTR_REPLACE };
EXT4_RESULT ext4_xattr_set(struct ext4_inode *inode, const char *name, size_t length,
                           const void *value, size_t value_length, enum ext4_xattr_mode mode);
EXT4_RESULT ext4_xattr_remove(struct ext4_inode *inode, const char *name, size_t length);
