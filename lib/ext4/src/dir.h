// SPDX-License-Identifier: BSD-2-Clause
/*
 * Directories: blocks of entries, and for large ones an index by the hashes of names (index.c).
 * Readers hold the directory shared; changes happen in a handle that has touched it.
 */
#pragma once

#include "hash.h"
#include "inode.h"
#include "txn.h"

/* An entry that was found. */
struct ext4_slot {
    uint64_t block; /* of the disk */
    uint32_t offset;
    enum ext4_kind kind; /* of the block */
    uint32_t inode;
    enum ext4_type type;
};

struct ext4_name {
    const char *text;
    size_t length;
};

EXT4_RESULT ext4_dir_find(struct ext4_inode *dir, struct ext4_name name, struct ext4_slot *slot);
EXT4_RESULT ext4_dir_add(struct ext4_handle *handle, struct ext4_inode *dir, struct ext4_name name,
                         uint32_t inode, enum ext4_type type);
EXT4_RESULT ext4_dir_remove(struct ext4_handle *handle, struct ext4_inode *dir,
                            const struct ext4_slot *slot);
/* Lets an entry name another inode. */
EXT4_RESULT ext4_dir_replace(struct ext4_handle *handle, struct ext4_inode *dir,
                             const struct ext4_slot *slot, uint32_t inode, enum ext4_type type);
/* The first block of a new directory. */
EXT4_RESULT ext4_dir_init(struct ext4_handle *handle, struct ext4_inode *dir, uint32_t parent);
EXT4_RESULT ext4_dir_is_empty(struct ext4_inode *dir, bool *empty);

/* ---- for dir.c, index.c and readdir.c ------------------------------------ */

uint32_t ext4_dir_blocks(const struct ext4_inode *dir);
bool ext4_dir_indexed(const struct ext4_inode *dir);
/* Bytes of a block that entries can use. */
uint32_t ext4_dir_room(const struct ext4_fs *fs);
uint32_t ext4_entry_bytes(size_t name_length);
uint32_t ext4_entry_length(const struct ext4_fs *fs, const struct disk_entry *entry);
void ext4_entry_set_length(const struct ext4_fs *fs, struct disk_entry *entry, uint32_t length);

/* The block, pinned: until the end of the handle if there is one, or until it is put. */
EXT4_RESULT ext4_dir_read(struct ext4_handle *handle, struct ext4_inode *dir, uint32_t logical,
                          enum ext4_kind kind, struct ext4_buf **buf);
void ext4_dir_put(struct ext4_handle *handle, struct ext4_inode *dir, struct ext4_buf *buf);
/* Entries that fill some memory: a block, or what an inode has for them. */
struct ext4_span {
    uint8_t *data;
    uint32_t bytes;
    uint64_t block; /* to be named when something is wrong; 0: the inode */
};

/* The entry at an offset, checked. */
EXT4_RESULT ext4_span_entry(struct ext4_inode *dir, const struct ext4_span *span, uint32_t offset,
                            struct disk_entry **entry);
/* The first with so much room, or EXT4_NO_SPACE. */
EXT4_RESULT ext4_span_room(struct ext4_inode *dir, const struct ext4_span *span, uint32_t need,
                           uint32_t *offset);
/* Where there is room. */
void ext4_span_put(const struct ext4_fs *fs, const struct ext4_span *span, uint32_t offset,
                   struct ext4_name name, uint32_t inode, enum ext4_type type);
EXT4_RESULT ext4_span_remove(struct ext4_inode *dir, const struct ext4_span *span, uint32_t offset);
EXT4_RESULT ext4_span_replace(struct ext4_inode *dir, const struct ext4_span *span, uint32_t offset,
                              uint32_t inode, enum ext4_type type);
/* "." and "..", at the start of an empty block, which they fill. */
void ext4_dir_put_dots(const struct ext4_inode *dir, uint8_t *block, uint32_t parent);

/* The same in a block. */
EXT4_RESULT ext4_dir_entry(struct ext4_inode *dir, struct ext4_buf *buf, uint32_t offset,
                           struct disk_entry **entry);
EXT4_RESULT ext4_dir_find_in(struct ext4_inode *dir, struct ext4_buf *buf, struct ext4_name name,
                             struct ext4_slot *slot);
/* EXT4_NO_SPACE if the block has no room. */
EXT4_RESULT ext4_dir_add_in(struct ext4_handle *handle, struct ext4_inode *dir,
                            struct ext4_buf *buf, struct ext4_name name, uint32_t inode,
                            enum ext4_type type);
/* A new block at the end; as a leaf it has one free entry. */
EXT4_RESULT ext4_dir_append(struct ext4_handle *handle, struct ext4_inode *dir, enum ext4_kind kind,
                            uint32_t *logical, struct ext4_buf **buf);
void ext4_dir_clear_leaf(const struct ext4_fs *fs, uint8_t *block);

EXT4_RESULT ext4_index_find(struct ext4_inode *dir, struct ext4_name name, struct ext4_slot *slot);
EXT4_RESULT ext4_index_add(struct ext4_handle *handle, struct ext4_inode *dir,
                           struct ext4_name name, uint32_t inode, enum ext4_type type);
/* Turns a directory of one block into one with an index. */
EXT4_RESULT ext4_index_make(struct ext4_handle *handle, struct ext4_inode *dir);
/* The leaf where `hash` belongs, or `skip` leaves later, and the hash where the next leaf begins;
 * *last if none does. */
EXT4_RESULT ext4_index_leaf(struct ext4_inode *dir, uint32_t hash, uint32_t skip, uint32_t *logical,
                            uint32_t *next_hash, bool *last);
/* Calls `visit` once with `leaf` for each entry that leads to a leaf, after the index blocks on the
 * way to it, but the root; until it returns false. */
EXT4_RESULT ext4_index_visit(struct ext4_inode *dir,
                             bool (*visit)(void *context, uint32_t logical, bool leaf),
                             void *context);
EXT4_RESULT ext4_index_hash(struct ext4_inode *dir, struct ext4_name name, struct ext4_hash *hash);
