// SPDX-License-Identifier: BSD-2-Clause
/* What directories name, and that everything has the names it should have. */
#include "check.h"
#include "dir.h"
#include "fs.h"

#include <tiny/string.h>

/* In larger ones without an index each name would have to be looked for in all blocks. */
enum { LINEAR_BLOCKS_MAX = 8, LINKS_MAX = 65000, NAME_SHOWN = 100 };

/* Of each block of the directory, in bits: */
struct scan {
    struct ext4_check *check;
    struct ext4_inode *dir;
    uint8_t *leaves, *nodes; /* what the index says that it is */
    uint32_t blocks;
    bool findable; /* every name can be looked up */
};

/* ---- entries ------------------------------------------------------------- */

static bool is_name(struct ext4_name name, const char *text)
{
    return name.length == strlen(text) && memcmp(name.text, text, name.length) == 0;
}

static int shown(struct ext4_name name)
{
    return (int)ext4_min(name.length, NAME_SHOWN);
}

static void check_name(struct scan *scan, struct ext4_name name)
{
    if (name.length == 0 || memchr(name.text, '/', name.length) ||
        memchr(name.text, 0, name.length) || is_name(name, ".") || is_name(name, "..")) {
        ext4_check_found(scan->check, "directory %u: has a name '%.*s'", scan->dir->number,
                         shown(name), name.text);
    }
}

static void count_name(struct ext4_check *check, uint32_t number)
{
    check->names[number] += check->names[number] < UINT16_MAX;
}

/* A name besides "." and ".." */
static void check_target(struct scan *scan, struct ext4_name name, uint32_t number, uint32_t type)
{
    struct ext4_check *check = scan->check;
    uint8_t facts = check->facts[number];

    if (!(facts & EXT4_CHECK_USED) || facts & EXT4_CHECK_NAMELESS || number == EXT4_INODE_ROOT) {
        ext4_check_found(check, "directory %u: '%.*s' is inode %u, which is %s", scan->dir->number,
                         shown(name), name.text, number,
                         facts & EXT4_CHECK_USED ? "the file system's own" : "not in use");
        return;
    }
    count_name(check, number);
    if (facts & EXT4_CHECK_UNREADABLE) {
        return;
    }
    if (type != 0 &&
        (!(check->fs->incompat & EXT4_INCOMPAT_FILETYPE) || type != (facts & EXT4_CHECK_TYPE))) {
        ext4_check_found(check, "directory %u: '%.*s' is of type %u, but inode %u is of type %u",
                         scan->dir->number, shown(name), name.text, type, number,
                         facts & EXT4_CHECK_TYPE);
    }
    if ((facts & EXT4_CHECK_TYPE) == EXT4_TYPE_DIRECTORY && check->parents[number] != 0) {
        ext4_check_found(check, "directory %u: '%.*s' is directory %u, which is in %u already",
                         scan->dir->number, shown(name), name.text, number, check->parents[number]);
    } else {
        check->parents[number] = scan->dir->number;
    }
}

/* The first two of a directory. */
static void check_dots(struct scan *scan, uint32_t place, struct ext4_name name,
                       const struct disk_entry *entry)
{
    uint32_t number = le32_get(&entry->inode);
    bool typed = scan->check->fs->incompat & EXT4_INCOMPAT_FILETYPE;

    /* Others take these names for strings. */
    if (number == 0 || !is_name(name, place == 0 ? "." : "..") || name.text[name.length] != 0 ||
        entry->type != (typed ? EXT4_TYPE_DIRECTORY : 0) ||
        (place == 0 && number != scan->dir->number)) {
        ext4_check_found(scan->check,
                         "directory %u: entry %u is '%.*s', inode %u, type %u; expected '%s'",
                         scan->dir->number, place, shown(name), name.text, number, entry->type,
                         place == 0 ? "." : "..");
    }
    if (number != 0) {
        count_name(scan->check, number);
    }
}

/* Whoever looks for the name must come to this entry. */
static enum ext4_status check_findable(struct scan *scan, struct ext4_name name, uint64_t block,
                                       uint32_t offset)
{
    struct ext4_slot slot;
    enum ext4_status status = ext4_dir_find(scan->dir, name, &slot);

    if (status == EXT4_NOT_FOUND) {
        ext4_check_found(scan->check, "directory %u: '%.*s' is not where the index leads",
                         scan->dir->number, shown(name), name.text);
    } else if (status == EXT4_OK && (slot.block != block || slot.offset != offset)) {
        ext4_check_found(scan->check, "directory %u: '%.*s' is there twice", scan->dir->number,
                         shown(name), name.text);
    }
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

static enum ext4_status check_entry(struct scan *scan, struct ext4_buf *buf, uint32_t offset,
                                    const struct disk_entry *entry)
{
    struct ext4_name name = {entry->name, entry->name_length};

    if (le32_get(&entry->inode) == 0) {
        return EXT4_OK;
    }
    check_name(scan, name);
    check_target(scan, name, le32_get(&entry->inode), entry->type);
    return scan->findable && name.length > 0 ? check_findable(scan, name, buf->block, offset)
                                             : EXT4_OK;
}

/* ---- blocks -------------------------------------------------------------- */

static enum ext4_status check_entries(struct scan *scan, uint32_t logical, struct ext4_buf *buf)
{
    bool root = logical == 0 && ext4_dir_indexed(scan->dir);
    uint32_t place = 0, offset = 0;

    while (offset < scan->check->fs->block_bytes) {
        struct disk_entry *entry;

        TRY(ext4_dir_entry(scan->dir, buf, offset, &entry));
        if (logical == 0 && place < 2) {
            check_dots(scan, place, (struct ext4_name){entry->name, entry->name_length}, entry);
        } else {
            TRY(check_entry(scan, buf, offset, entry));
        }
        offset += ext4_entry_length(scan->check->fs, entry);
        place++;
    }
    if (logical == 0 && (place < 2 || (root && place != 2))) {
        ext4_check_found(scan->check, "directory %u: %u entries in block 0", scan->dir->number,
                         place);
    }
    return EXT4_OK;
}

static enum ext4_status check_block(struct scan *scan, uint32_t logical)
{
    bool indexed = ext4_dir_indexed(scan->dir);
    bool node = indexed && (logical == 0 || ext4_bit(scan->nodes, logical));
    enum ext4_status status = EXT4_OK;
    struct ext4_buf *buf;

    TRY(ext4_dir_read(NULL, scan->dir, logical, node ? EXT4_KIND_INDEX : EXT4_KIND_DIRECTORY,
                      &buf));
    if (indexed && !node && !ext4_bit(scan->leaves, logical)) {
        ext4_check_found(scan->check, "directory %u: the index does not lead to block %u",
                         scan->dir->number, logical);
    }
    if (!node || logical == 0) {
        status = check_entries(scan, logical, buf);
    }
    ext4_buf_put(scan->check->fs, buf);
    return status;
}

static bool mark_block(void *context, uint32_t logical, bool leaf)
{
    struct scan *scan = context;

    if (logical == 0 || logical >= scan->blocks || (leaf && ext4_bit(scan->leaves, logical))) {
        ext4_check_found(scan->check, "directory %u: the index leads to block %u%s",
                         scan->dir->number, logical,
                         logical == 0 || logical >= scan->blocks ? "" : " twice");
        scan->findable = false;
        return false;
    }
    ext4_bit_set(leaf ? scan->leaves : scan->nodes, logical);
    return true;
}

static enum ext4_status scan_blocks(struct scan *scan)
{
    bool indexed = ext4_dir_indexed(scan->dir);
    enum ext4_status status = EXT4_OK;

    if (scan->blocks == 0) {
        ext4_check_found(scan->check, "directory %u: is empty", scan->dir->number);
    }
    scan->findable = indexed || scan->blocks <= LINEAR_BLOCKS_MAX;
    if (indexed) {
        status = ext4_index_visit(scan->dir, mark_block, scan);
        scan->findable = scan->findable && status == EXT4_OK;
    }
    TRY(ext4_check_excuse(scan->check, status));
    for (uint32_t logical = 0; logical < scan->blocks; logical++) {
        TRY(ext4_check_excuse(scan->check, check_block(scan, logical)));
    }
    return EXT4_OK;
}

static enum ext4_status check_directory(struct ext4_check *check, struct ext4_inode *dir)
{
    struct ext4_fs *fs = check->fs;
    struct scan scan = {.check = check, .dir = dir, .blocks = ext4_dir_blocks(dir)};
    size_t bytes = scan.blocks / 8 + 1;
    enum ext4_status status = EXT4_NO_MEMORY;

    scan.leaves = ext4_alloc(fs, bytes);
    scan.nodes = ext4_alloc(fs, bytes);
    if (scan.leaves && scan.nodes) {
        memset(scan.leaves, 0, bytes);
        memset(scan.nodes, 0, bytes);
        status = scan_blocks(&scan);
    }
    ext4_free(fs, scan.nodes, bytes);
    ext4_free(fs, scan.leaves, bytes);
    return status;
}

/* Calls `body` for each inode in use that can be read and, with `directories`, is one. */
static enum ext4_status each_inode(struct ext4_check *check, bool directories,
                                   enum ext4_status (*body)(struct ext4_check *check,
                                                            struct ext4_inode *inode))
{
    for (uint32_t number = 1; number <= check->fs->inode_count; number++) {
        uint8_t facts = check->facts[number];
        struct ext4_inode *inode;
        enum ext4_status status;

        if (!(facts & EXT4_CHECK_USED) || facts & EXT4_CHECK_UNREADABLE ||
            (directories && (facts & EXT4_CHECK_TYPE) != EXT4_TYPE_DIRECTORY)) {
            continue;
        }
        TRY(ext4_inode_load(check->fs, number, &inode));
        status = body(check, inode);
        ext4_inode_release(inode);
        TRY(ext4_check_excuse(check, status));
    }
    return EXT4_OK;
}

enum ext4_status ext4_check_directories(struct ext4_check *check)
{
    if ((check->facts[EXT4_INODE_ROOT] & EXT4_CHECK_TYPE) != EXT4_TYPE_DIRECTORY) {
        ext4_check_found(check, "the root is no directory");
    }
    return each_inode(check, true, check_directory);
}

/* ---- connections --------------------------------------------------------- */

/* Up to the root, or to what is known to hang below it. */
static void check_way_up(struct ext4_check *check, uint32_t number)
{
    uint32_t at = number, steps = 0;

    while (at != 0 && at != EXT4_INODE_ROOT && !(check->facts[at] & EXT4_CHECK_REACHED)) {
        if (steps++ > check->fs->inode_count) {
            ext4_check_found(check, "directory %u: is below itself", number);
            break;
        }
        at = check->parents[at];
    }
    for (at = number; at != 0 && !(check->facts[at] & EXT4_CHECK_REACHED);) {
        check->facts[at] |= EXT4_CHECK_REACHED;
        at = check->parents[at];
    }
}

static enum ext4_status check_parent(struct ext4_check *check, struct ext4_inode *dir)
{
    uint32_t parent =
        dir->number == EXT4_INODE_ROOT ? EXT4_INODE_ROOT : check->parents[dir->number];
    struct ext4_slot slot;
    enum ext4_status status = ext4_dir_find(dir, (struct ext4_name){"..", 2}, &slot);

    check_way_up(check, dir->number);
    if (status != EXT4_OK || parent == 0) {
        return status == EXT4_NOT_FOUND ? EXT4_OK : status; /* it was said already */
    }
    if (slot.inode != parent) {
        ext4_check_found(check, "directory %u: '..' is inode %u, expected %u", dir->number,
                         slot.inode, parent);
    }
    return EXT4_OK;
}

static void check_links(struct ext4_check *check, struct ext4_inode *inode)
{
    struct ext4_fs *fs = check->fs;
    bool directory = ext4_inode_is(inode, EXT4_MODE_DIRECTORY);
    uint32_t names = check->names[inode->number], links = ext4_inode_links(inode), expected = names;

    if (directory && fs->ro_compat & EXT4_RO_DIR_NLINK && names >= LINKS_MAX) {
        expected = 1;
    }
    if (names == 0 ||
        (directory && inode->number != EXT4_INODE_ROOT && check->parents[inode->number] == 0)) {
        ext4_check_found(check, "inode %u: is in use, but in no directory", inode->number);
    }
    if (names == 0) {
        return; /* that says it all */
    }
    if (links != expected) {
        ext4_check_found(check, "inode %u: counts %u links, expected %u", inode->number, links,
                         expected);
    }
}

static enum ext4_status check_connection(struct ext4_check *check, struct ext4_inode *inode)
{
    uint8_t facts = check->facts[inode->number];

    if (facts & EXT4_CHECK_NAMELESS ||
        (facts & EXT4_CHECK_ORPHAN && ext4_inode_links(inode) == 0)) {
        return EXT4_OK;
    }
    check_links(check, inode);
    return ext4_inode_is(inode, EXT4_MODE_DIRECTORY) ? check_parent(check, inode) : EXT4_OK;
}

enum ext4_status ext4_check_connections(struct ext4_check *check)
{
    return each_inode(check, false, check_connection);
}
