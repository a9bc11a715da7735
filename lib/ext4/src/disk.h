// SPDX-License-Identifier: BSD-2-Clause
/*
 * The format on the disk, as the kernel's documentation of ext4 describes it: structures and
 * constants, no behaviour. Fields that nothing here uses keep their place as `unused`.
 */
#pragma once

#include "bytes.h"

#include <stddef.h>

/* ---- superblock ---------------------------------------------------------- */

enum { EXT4_SUPER_OFFSET = 1024, EXT4_SUPER_BYTES = 1024 };

#define EXT4_MAGIC 0xef53

struct disk_super {
    struct le32 inodes_count;
    struct le32 blocks_count_lo;
    struct le32 reserved_blocks_lo;
    struct le32 free_blocks_lo;
    struct le32 free_inodes;
    struct le32 first_data_block;
    struct le32 log_block_size; /* block size is 1024 shifted by this */
    struct le32 log_cluster_size;
    struct le32 blocks_per_group;
    struct le32 clusters_per_group;
    struct le32 inodes_per_group;
    struct le32 mount_time;
    struct le32 write_time;
    struct le16 mount_count;
    struct le16 max_mount_count;
    struct le16 magic;
    struct le16 state;
    struct le16 errors;
    struct le16 minor_revision;
    struct le32 last_check;
    struct le32 check_interval;
    struct le32 creator_os;
    struct le32 revision;
    struct le16 reserved_uid;
    struct le16 reserved_gid;
    struct le32 first_inode;
    struct le16 inode_size;
    struct le16 group_number;
    struct le32 compat;
    struct le32 incompat;
    struct le32 ro_compat;
    uint8_t uuid[16];
    char label[16];
    uint8_t last_mounted[64];
    uint8_t unused_c8[6];
    struct le16 reserved_gdt_blocks;
    uint8_t journal_uuid[16];
    struct le32 journal_inode;
    struct le32 journal_device;
    struct le32 last_orphan;
    struct le32 hash_seed[4];
    uint8_t hash_version;
    uint8_t journal_backup_type;
    struct le16 desc_size;
    struct le32 default_mount_options;
    struct le32 first_meta_bg;
    struct le32 mkfs_time;
    uint8_t journal_backup[68];
    struct le32 blocks_count_hi;
    struct le32 reserved_blocks_hi;
    struct le32 free_blocks_hi;
    struct le16 min_extra_isize;
    struct le16 want_extra_isize;
    struct le32 flags;
    uint8_t unused_164[16];
    uint8_t log_groups_per_flex;
    uint8_t checksum_type;
    uint8_t unused_176[2];
    uint8_t unused_178[28];
    struct le32 error_count;
    struct le32 first_error_time;
    uint8_t unused_19c[12];
    char first_error_text[32];
    struct le32 first_error_line;
    struct le32 last_error_time;
    uint8_t unused_1d0[16];
    char last_error_text[32];
    uint8_t unused_200[76];
    struct le32 backup_groups[2];
    uint8_t unused_254[24];
    struct le32 project_quota_inode;
    struct le32 checksum_seed;
    uint8_t write_time_hi;
    uint8_t mount_time_hi;
    uint8_t unused_276[10];
    struct le32 orphan_file_inode;
    uint8_t unused_284[376];
    struct le32 checksum;
};

_Static_assert(offsetof(struct disk_super, compat) == 0x5c, "superblock");
_Static_assert(offsetof(struct disk_super, hash_seed) == 0xec, "superblock");
_Static_assert(offsetof(struct disk_super, blocks_count_hi) == 0x150, "superblock");
_Static_assert(offsetof(struct disk_super, log_groups_per_flex) == 0x174, "superblock");
_Static_assert(offsetof(struct disk_super, error_count) == 0x194, "superblock");
_Static_assert(offsetof(struct disk_super, first_error_text) == 0x1a8, "superblock");
_Static_assert(offsetof(struct disk_super, last_error_text) == 0x1e0, "superblock");
_Static_assert(offsetof(struct disk_super, backup_groups) == 0x24c, "superblock");
_Static_assert(offsetof(struct disk_super, checksum_seed) == 0x270, "superblock");
_Static_assert(offsetof(struct disk_super, orphan_file_inode) == 0x280, "superblock");
_Static_assert(sizeof(struct disk_super) == EXT4_SUPER_BYTES, "superblock");

enum { EXT4_STATE_CLEAN = 1, EXT4_STATE_ERROR = 2 };

/* In default_mount_options. */
enum { EXT4_DATA_MODE_MASK = 0x60, EXT4_DATA_MODE_JOURNAL = 0x20, EXT4_DATA_MODE_WRITEBACK = 0x60 };

enum { EXT4_SIGNED_HASH = 1, EXT4_UNSIGNED_HASH = 2 }; /* flags */

enum ext4_compat {
    EXT4_COMPAT_IMAGIC = 0x2,
    EXT4_COMPAT_HAS_JOURNAL = 0x4,
    EXT4_COMPAT_EXT_ATTR = 0x8,
    EXT4_COMPAT_RESIZE_INODE = 0x10,
    EXT4_COMPAT_DIR_INDEX = 0x20,
    EXT4_COMPAT_SPARSE_SUPER2 = 0x200,
    EXT4_COMPAT_FAST_COMMIT = 0x400,
    EXT4_COMPAT_ORPHAN_FILE = 0x1000,
};

enum ext4_incompat {
    EXT4_INCOMPAT_COMPRESSION = 0x1,
    EXT4_INCOMPAT_FILETYPE = 0x2,
    EXT4_INCOMPAT_RECOVER = 0x4,
    EXT4_INCOMPAT_JOURNAL_DEV = 0x8,
    EXT4_INCOMPAT_META_BG = 0x10,
    EXT4_INCOMPAT_EXTENTS = 0x40,
    EXT4_INCOMPAT_64BIT = 0x80,
    EXT4_INCOMPAT_MMP = 0x100,
    EXT4_INCOMPAT_FLEX_BG = 0x200,
    EXT4_INCOMPAT_EA_INODE = 0x400,
    EXT4_INCOMPAT_DIRDATA = 0x1000,
    EXT4_INCOMPAT_CSUM_SEED = 0x2000,
    EXT4_INCOMPAT_LARGEDIR = 0x4000,
    EXT4_INCOMPAT_INLINE_DATA = 0x8000,
    EXT4_INCOMPAT_ENCRYPT = 0x10000,
    EXT4_INCOMPAT_CASEFOLD = 0x20000,
};

enum ext4_ro_compat {
    EXT4_RO_SPARSE_SUPER = 0x1,
    EXT4_RO_LARGE_FILE = 0x2,
    EXT4_RO_HUGE_FILE = 0x8,
    EXT4_RO_GDT_CSUM = 0x10,
    EXT4_RO_DIR_NLINK = 0x20,
    EXT4_RO_EXTRA_ISIZE = 0x40,
    EXT4_RO_QUOTA = 0x100,
    EXT4_RO_BIGALLOC = 0x200,
    EXT4_RO_METADATA_CSUM = 0x400,
    EXT4_RO_READONLY = 0x1000,
    EXT4_RO_PROJECT = 0x2000,
    EXT4_RO_VERITY = 0x8000,
    EXT4_RO_ORPHAN_PRESENT = 0x10000,
};

/* ---- group descriptors --------------------------------------------------- */

enum { EXT4_DESC_BYTES_MIN = 32, EXT4_DESC_BYTES_64 = 64 };

struct disk_group {
    struct le32 block_bitmap_lo;
    struct le32 inode_bitmap_lo;
    struct le32 inode_table_lo;
    struct le16 free_blocks_lo;
    struct le16 free_inodes_lo;
    struct le16 directories_lo;
    struct le16 flags;
    struct le32 exclude_bitmap_lo;
    struct le16 block_bitmap_checksum_lo;
    struct le16 inode_bitmap_checksum_lo;
    struct le16 unused_inodes_lo;
    struct le16 checksum;
    /* From here on only with descriptors of 64 bytes. */
    struct le32 block_bitmap_hi;
    struct le32 inode_bitmap_hi;
    struct le32 inode_table_hi;
    struct le16 free_blocks_hi;
    struct le16 free_inodes_hi;
    struct le16 directories_hi;
    struct le16 unused_inodes_hi;
    struct le32 exclude_bitmap_hi;
    struct le16 block_bitmap_checksum_hi;
    struct le16 inode_bitmap_checksum_hi;
    struct le32 reserved;
};

_Static_assert(offsetof(struct disk_group, checksum) == 0x1e, "group descriptor");
_Static_assert(sizeof(struct disk_group) == EXT4_DESC_BYTES_64, "group descriptor");

enum {
    EXT4_GROUP_INODE_UNINIT = 1, /* the inode bitmap is not on the disk: all free */
    EXT4_GROUP_BLOCK_UNINIT = 2, /* the block bitmap is not on the disk: only metadata in use */
    EXT4_GROUP_TABLE_ZEROED = 4, /* the whole inode table is initialised */
};

/* ---- inodes -------------------------------------------------------------- */

enum { EXT4_INODE_BYTES_MIN = 128, EXT4_INODE_ROOM = 60 };

struct disk_inode {
    struct le16 mode;
    struct le16 uid_lo;
    struct le32 size_lo;
    struct le32 atime;
    struct le32 ctime;
    struct le32 mtime;
    struct le32 dtime; /* while an orphan: the next one */
    struct le16 gid_lo;
    struct le16 links;
    struct le32 blocks_lo;
    struct le32 flags;
    struct le32 version;
    uint8_t room[EXT4_INODE_ROOM]; /* block map, extent tree, symbolic link or data */
    struct le32 generation;
    struct le32 xattr_block_lo;
    struct le32 size_hi;
    struct le32 fragment;
    struct le16 blocks_hi;
    struct le16 xattr_block_hi;
    struct le16 uid_hi;
    struct le16 gid_hi;
    struct le16 checksum_lo;
    struct le16 reserved;
    /* From here on only in inodes of more than 128 bytes, and as far as extra_size says. */
    struct le16 extra_size;
    struct le16 checksum_hi;
    struct le32 ctime_extra;
    struct le32 mtime_extra;
    struct le32 atime_extra;
    struct le32 crtime;
    struct le32 crtime_extra;
    struct le32 version_hi;
    struct le32 project;
};

_Static_assert(offsetof(struct disk_inode, room) == 0x28, "inode");
_Static_assert(offsetof(struct disk_inode, generation) == 0x64, "inode");
_Static_assert(offsetof(struct disk_inode, extra_size) == EXT4_INODE_BYTES_MIN, "inode");
_Static_assert(sizeof(struct disk_inode) == 160, "inode");

enum { EXT4_EXTRA_SIZE = sizeof(struct disk_inode) - EXT4_INODE_BYTES_MIN };

enum ext4_inode_flag {
    EXT4_FLAG_SYNC = 0x8,
    EXT4_FLAG_IMMUTABLE = 0x10,
    EXT4_FLAG_APPEND = 0x20,
    EXT4_FLAG_COMPRESSED = 0x200,
    EXT4_FLAG_ENCRYPTED = 0x800,
    EXT4_FLAG_INDEX = 0x1000,
    EXT4_FLAG_JOURNAL_DATA = 0x4000,
    EXT4_FLAG_IMAGIC = 0x2000,
    EXT4_FLAG_HUGE_FILE = 0x40000, /* blocks are counted in blocks, not in sectors */
    EXT4_FLAG_EXTENTS = 0x80000,
    EXT4_FLAG_VERITY = 0x100000,
    EXT4_FLAG_EA_INODE = 0x200000,
    EXT4_FLAG_INLINE_DATA = 0x10000000,
    EXT4_FLAG_CASEFOLD = 0x40000000,
};

/* What a new inode takes over from its directory: secrm..noatime, journal_data, dirsync, not the
 * index. */
enum { EXT4_FLAGS_INHERITED = 0x10 | 0x20 | 0x8 | 0x40 | 0x80 | 0x4000 | 0x10000 };

enum {
    EXT4_INODE_ROOT = 2,
    EXT4_INODE_RESIZE = 7,
    EXT4_INODE_JOURNAL = 8,
    EXT4_INODE_FIRST_OLD = 11,
};

/* ---- extents and block maps ---------------------------------------------- */

#define EXT4_EXTENT_MAGIC 0xf30a

enum {
    EXT4_EXTENT_DEPTH_MAX = 5,
    EXT4_EXTENT_ROOT_MAX = 4,       /* entries in the inode */
    EXT4_EXTENT_LENGTH_MAX = 32768, /* longer: unwritten, less this */
    EXT4_EXTENT_UNWRITTEN_LENGTH_MAX = 32767,
};

struct disk_extent_header {
    struct le16 magic;
    struct le16 entries;
    struct le16 max;
    struct le16 depth; /* 0: a leaf */
    struct le32 generation;
};

struct disk_extent {
    struct le32 first;
    struct le16 length;
    struct le16 start_hi;
    struct le32 start_lo;
};

struct disk_extent_index {
    struct le32 first;
    struct le32 child_lo;
    struct le16 child_hi;
    struct le16 unused;
};

_Static_assert(sizeof(struct disk_extent) == sizeof(struct disk_extent_index), "extent");
_Static_assert(sizeof(struct disk_extent) == sizeof(struct disk_extent_header), "extent");

enum { EXT4_DIRECT = 12, EXT4_INDIRECT_LEVELS = 3 };

/* ---- directories --------------------------------------------------------- */

struct disk_entry {
    struct le32 inode; /* 0: free */
    struct le16 length;
    uint8_t name_length;
    uint8_t type;
    char name[];
};

enum { EXT4_ENTRY_BYTES = 8, EXT4_ENTRY_TAIL_TYPE = 0xde };

/* The end of a directory block with a checksum; looks like a free entry. */
struct disk_entry_tail {
    struct le32 inode;
    struct le16 length;
    uint8_t name_length;
    uint8_t type;
    struct le32 checksum;
};

_Static_assert(sizeof(struct disk_entry) == EXT4_ENTRY_BYTES, "directory entry");
_Static_assert(sizeof(struct disk_entry_tail) == 12, "directory tail");

/* The index: the root lies behind the entries . and .. of block 0. */
struct disk_index_info {
    struct le32 reserved;
    uint8_t hash_version;
    uint8_t info_length;
    uint8_t levels;
    uint8_t flags;
};

enum {
    EXT4_INDEX_INFO_OFFSET = 24, /* after . and .. with their names */
    EXT4_INDEX_ROOT_OFFSET = 32, /* of the entries, in the root */
    EXT4_INDEX_NODE_OFFSET = 8,  /* of the entries, in a node, behind a free directory entry */
};

/* The first entry has no hash; limit and count lie there. */
struct disk_index_entry {
    union {
        struct le32 hash;
        struct {
            struct le16 limit;
            struct le16 count;
        };
    };
    struct le32 block;
};

struct disk_index_tail {
    struct le32 reserved;
    struct le32 checksum;
};

_Static_assert(sizeof(struct disk_index_entry) == 8, "directory index");

/* ---- orphans ------------------------------------------------------------- */

#define EXT4_ORPHAN_MAGIC 0x0b10ca04

/* The end of a block of the orphan file; before it are the numbers of inodes. */
struct disk_orphan_tail {
    struct le32 magic;
    struct le32 checksum;
};

/* ---- extended attributes ------------------------------------------------- */

#define EXT4_XATTR_MAGIC 0xea020000

struct disk_xattr_header {
    struct le32 magic;
    struct le32 references;
    struct le32 blocks;
    struct le32 hash;
    struct le32 checksum;
    struct le32 reserved[3];
};

struct disk_xattr_entry {
    uint8_t name_length;
    uint8_t name_index;
    struct le16 value_offset;
    struct le32 value_inode;
    struct le32 value_size;
    struct le32 hash;
    char name[];
};

_Static_assert(sizeof(struct disk_xattr_header) == 32, "extended attributes");
_Static_assert(sizeof(struct disk_xattr_entry) == 16, "extended attributes");

/* ---- journal (big endian) ------------------------------------------------ */

#define JOURNAL_MAGIC 0xc03b3998

enum journal_block_type {
    JOURNAL_DESCRIPTOR = 1,
    JOURNAL_COMMIT = 2,
    JOURNAL_SUPER_V1 = 3,
    JOURNAL_SUPER_V2 = 4,
    JOURNAL_REVOKE = 5,
};

struct disk_journal_header {
    struct be32 magic;
    struct be32 type;
    struct be32 sequence;
};

struct disk_journal_super {
    struct disk_journal_header header;
    struct be32 block_bytes;
    struct be32 block_count;
    struct be32 first;    /* block of the log */
    struct be32 sequence; /* of the first transaction in the log */
    struct be32 start;    /* where that begins; 0: the log is empty */
    struct be32 error;
    struct be32 compat;
    struct be32 incompat;
    struct be32 ro_compat;
    uint8_t uuid[16];
    struct be32 users;
    uint8_t unused_44[12];
    uint8_t checksum_type;
    uint8_t unused_51[3];
    struct be32 fast_commit_blocks;
    struct be32 head;
    uint8_t unused_5c[160];
    struct be32 checksum;
    uint8_t user_uuids[768];
};

_Static_assert(offsetof(struct disk_journal_super, checksum) == 0xfc, "journal superblock");
_Static_assert(sizeof(struct disk_journal_super) == 1024, "journal superblock");

enum { JOURNAL_COMPAT_CHECKSUM = 1 };

enum journal_incompat {
    JOURNAL_REVOKES = 0x1,
    JOURNAL_64BIT = 0x2,
    JOURNAL_ASYNC_COMMIT = 0x4,
    JOURNAL_CHECKSUM_V2 = 0x8,
    JOURNAL_CHECKSUM_V3 = 0x10,
    JOURNAL_FAST_COMMIT = 0x20,
};

enum { JOURNAL_CHECKSUM_CRC32C = 4 };

enum journal_tag_flag {
    JOURNAL_TAG_ESCAPED = 1,
    JOURNAL_TAG_SAME_UUID = 2,
    JOURNAL_TAG_DELETED = 4,
    JOURNAL_TAG_LAST = 8,
};

struct disk_journal_tag {
    struct be32 block_lo;
    struct be16 checksum;
    struct be16 flags;
    struct be32 block_hi; /* only with JOURNAL_64BIT */
};

struct disk_journal_tag3 {
    struct be32 block_lo;
    struct be32 flags;
    struct be32 block_hi;
    struct be32 checksum;
};

struct disk_journal_commit {
    struct disk_journal_header header;
    uint8_t checksum_type;
    uint8_t checksum_bytes;
    uint8_t unused[2];
    struct be32 checksum[8];
    struct be64 seconds;
    struct be32 nanoseconds;
};

struct disk_journal_revoke {
    struct disk_journal_header header;
    struct be32 bytes_used; /* with this head */
};

_Static_assert(offsetof(struct disk_journal_commit, seconds) == 0x30, "journal commit");
_Static_assert(sizeof(struct disk_journal_revoke) == 16, "journal revocation");
