// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where extended attributes lie: in what an inode has left behind its fields, or in a block.
 * Entries with names grow from the start and values from the end:
 *
 *      first                                                       end
 *      | entry | entry | 0 |        free        | value | value |
 *
 * Changes are those of memory; the caller has touched the inode or the block.
 */
#pragma once

#include "disk.h"
#include "inode.h"

enum { EXT4_XATTR_SYSTEM = 7 };

struct ext4_key {
    uint8_t index; /* the class of the name */
    uint8_t length;
    const char *name; /* without its class */
};

struct ext4_area {
    struct ext4_inode *inode;
    struct ext4_buf *buf;        /* of the block; none for the inode */
    uint8_t *base, *first, *end; /* offsets of values count from `base`; null: there is no room */
    bool present;                /* an inode may have no attributes of its own (yet) */
};

/* Both check what they find. */
EXT4_RESULT ext4_area_of_inode(struct ext4_inode *inode, struct ext4_area *area);
EXT4_RESULT ext4_area_of_block(struct ext4_inode *inode, struct ext4_buf *buf,
                               struct ext4_area *area);

/* Entries one after the other; null behind the last. */
struct disk_xattr_entry *ext4_area_first(const struct ext4_area *area);
struct disk_xattr_entry *ext4_area_next(const struct ext4_area *area,
                                        const struct disk_xattr_entry *entry);
struct disk_xattr_entry *ext4_area_find(const struct ext4_area *area, const struct ext4_key *key);
uint8_t *ext4_area_value(const struct ext4_area *area, const struct disk_xattr_entry *entry);

/* How long the value of an entry could be at most: of one that is there, or of a new one. */
uint32_t ext4_area_room(const struct ext4_area *area, const struct disk_xattr_entry *entry);
bool ext4_area_fits(const struct ext4_area *area, const struct ext4_key *key, size_t bytes);

struct disk_xattr_entry *ext4_area_insert(struct ext4_area *area, const struct ext4_key *key,
                                          const void *value, size_t bytes);
void ext4_area_remove(struct ext4_area *area, struct disk_xattr_entry *entry);
/* Makes a value longer, with zeros, or shorter. */
void ext4_area_resize(struct ext4_area *area, struct disk_xattr_entry *entry, uint32_t bytes);
/* Of one entry. */
uint32_t ext4_area_entry_hash(const struct ext4_area *area, const struct disk_xattr_entry *entry);
/* The hash of a block, over those of its entries. */
void ext4_area_hash(const struct ext4_area *area);
