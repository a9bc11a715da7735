// SPDX-License-Identifier: BSD-2-Clause
/* What inodes say of themselves, and which blocks they have. */
#include "check.h"
#include "file.h"
#include "fs.h"
#include "group.h"
#include "inline.h"
#include "orphan.h"
#include "sort.h"
#include "super.h"
#include "xattr.h"

#include <tiny/string.h>

/* ---- orphans ------------------------------------------------------------- */

/* Null if the inode may be the next. */
static const char *why_no_orphan(const struct ext4_check *check, uint32_t number)
{
    if (number < check->fs->first_inode || number > check->fs->inode_count) {
        return "does not exist or is the file system's own";
    }
    return check->facts[number] & EXT4_CHECK_ORPHAN ? "is there twice" : NULL;
}

/* *next is what the list has behind it; 0 if that cannot be said. */
static enum ext4_status take_orphan(struct ext4_check *check, uint32_t number, uint32_t *next)
{
    const char *why = why_no_orphan(check, number);
    enum ext4_status status = EXT4_OK;
    struct ext4_inode *inode;

    *next = 0;
    if (!why) {
        status = ext4_inode_load(check->fs, number, &inode);
        TRY(ext4_check_excuse(check, status));
    }
    if (!why && status == EXT4_OK) {
        why = ext4_inode_mode(inode) == 0 ? "is free" : NULL;
        *next = why ? 0 : le32_get(&inode->disk->dtime);
        ext4_inode_release(inode);
    }
    if (why) {
        ext4_check_found(check, "orphans: inode %u %s", number, why);
    } else {
        check->facts[number] |= EXT4_CHECK_ORPHAN;
        check->result->orphans++;
    }
    return EXT4_OK;
}

static enum ext4_status check_orphan_file(struct ext4_check *check)
{
    uint32_t slot = 0, number, next;

    TRY(ext4_orphans_open(check->fs));
    for (;; slot++) {
        TRY(ext4_orphan_in_file(check->fs, &slot, &number));
        if (number == 0) {
            return EXT4_OK;
        }
        TRY(take_orphan(check, number, &next));
    }
}

enum ext4_status ext4_check_orphans(struct ext4_check *check)
{
    uint32_t number = le32_get(&ext4_super(check->fs)->last_orphan);

    TRY(ext4_check_excuse(check, check_orphan_file(check)));
    while (number != 0) {
        TRY(take_orphan(check, number, &number));
    }
    return EXT4_OK;
}

/* ---- maps ---------------------------------------------------------------- */

struct walk {
    struct ext4_map_visitor visitor;
    struct ext4_check *check;
    struct ext4_inode *inode;
    uint64_t blocks;       /* of the map and what it leads to; clusters count as a whole */
    uint64_t end;          /* of all runs */
    uint64_t written_end;  /* of those that hold something */
    uint64_t last_cluster; /* that was claimed */
};

/* What the resize inode has are blocks of groups, set aside for more descriptors; or at least of
 * clusters with such blocks. */
static bool is_set_aside(struct ext4_fs *fs, uint64_t block)
{
    uint32_t group = ext4_group_of_block(fs, block);

    return fs->cluster_shift > 0 ||
           block - ext4_group_first_block(fs, group) < ext4_group_head_blocks(fs, group);
}

/* False if something else has one of them. */
static bool claim(struct walk *walk, uint64_t first, uint64_t count)
{
    struct ext4_fs *fs = walk->check->fs;
    uint64_t shift = fs->cluster_shift;

    walk->blocks += count;
    if (walk->inode->number == EXT4_INODE_RESIZE && is_set_aside(fs, first)) {
        ext4_bit_set(walk->check->claimed, (uint32_t)((first - fs->first_data_block) >> shift));
        return true;
    }
    if (shift > 0) {
        uint64_t begin = first >> shift, last = (first + count - 1) >> shift;

        walk->blocks -= count;
        begin += begin == walk->last_cluster;
        walk->last_cluster = last;
        if (begin > last) {
            return true;
        }
        first = begin << shift;
        count = ext4_min((last - begin + 1) << shift, fs->block_count - first);
        walk->blocks += (last - begin + 1) << shift;
    }
    return ext4_check_claim(walk->check, walk->inode->number, first, count);
}

/* What belongs to something else leads nowhere. */
static bool take_node(struct ext4_map_visitor *visitor, uint64_t block)
{
    struct walk *walk = (struct walk *)visitor;

    return claim(walk, block, 1) && walk->blocks <= walk->check->fs->block_count;
}

static void take_run(struct ext4_map_visitor *visitor, uint32_t logical, const struct ext4_run *run)
{
    struct walk *walk = (struct walk *)visitor;

    if (logical < walk->end) {
        ext4_check_found(walk->check, "inode %u: block %u is mapped after block %llu",
                         walk->inode->number, logical, (unsigned long long)walk->end - 1);
    }
    claim(walk, run->physical, run->count);
    walk->end = ext4_max(walk->end, (uint64_t)logical + run->count);
    if (run->kind == EXT4_RUN_WRITTEN) {
        walk->written_end = walk->end;
    }
}

static void check_size(const struct walk *walk)
{
    const struct ext4_inode *inode = walk->inode;
    uint64_t size = ext4_inode_size(inode), block_bytes = inode->fs->block_bytes;

    if (walk->check->facts[inode->number] & EXT4_CHECK_ORPHAN) {
        return; /* being cut shorter */
    }
    if (ext4_inode_is(inode, EXT4_MODE_DIRECTORY) && size != walk->end * block_bytes) {
        ext4_check_found(walk->check, "directory %u: size %llu, expected %llu", inode->number,
                         (unsigned long long)size, (unsigned long long)(walk->end * block_bytes));
    }
    if (ext4_inode_is(inode, EXT4_MODE_FILE) && !ext4_inode_has(inode, EXT4_FLAG_VERITY) &&
        inode->number >= inode->fs->first_inode &&
        walk->written_end > ext4_divide_up(size, block_bytes)) {
        ext4_check_found(walk->check, "inode %u: size %llu, but there is data up to %llu",
                         inode->number, (unsigned long long)size,
                         (unsigned long long)(walk->written_end * block_bytes));
    }
}

/* Values of attributes in inodes of their own count for who has them. What the resize inode counts
 * when there are clusters is nobody's business. */
static void check_sectors(struct walk *walk)
{
    const struct ext4_inode *inode = walk->inode;
    const struct ext4_fs *fs = inode->fs;
    uint64_t xattrs = ext4_inode_xattr_block(inode) ? (uint64_t)1 << fs->cluster_shift : 0;
    uint64_t expected = (walk->blocks + xattrs) << (fs->block_shift - 9);

    if (fs->incompat & EXT4_INCOMPAT_EA_INODE ||
        (inode->number == EXT4_INODE_RESIZE && fs->cluster_shift > 0)) {
        return;
    }
    if (ext4_inode_sectors(inode) != expected) {
        ext4_check_found(walk->check, "inode %u: counts %llu sectors, expected %llu", inode->number,
                         (unsigned long long)ext4_inode_sectors(inode),
                         (unsigned long long)expected);
    }
}

static bool has_map(const struct ext4_inode *inode)
{
    if (ext4_is_inline(inode)) {
        return false;
    }
    switch (ext4_inode_mode(inode) & EXT4_MODE_TYPE) {
    case EXT4_MODE_FILE:
    case EXT4_MODE_DIRECTORY: return true;
    case EXT4_MODE_SYMLINK: return !ext4_symlink_is_fast(inode);
    default: return ext4_inode_mode(inode) == 0; /* the inode of bad blocks */
    }
}

static enum ext4_status check_map(struct ext4_check *check, struct ext4_inode *inode)
{
    struct walk walk = {{take_run, take_node}, check, inode, 0, 0, 0, UINT64_MAX};
    struct ext4_content content;
    enum ext4_status status;

    if (has_map(inode)) {
        status = ext4_map_visit(inode, &walk.visitor);
        if (status != EXT4_OK || walk.blocks > check->fs->block_count) {
            check->facts[inode->number] |= EXT4_CHECK_UNREADABLE;
            return status;
        }
        check_size(&walk);
    }
    check_sectors(&walk);
    return ext4_is_inline(inode) ? ext4_content_open(inode, &content) : EXT4_OK;
}

/* ---- symbolic links and special files -------------------------------------- */

static void check_symlink(struct ext4_check *check, struct ext4_inode *inode)
{
    uint64_t size = ext4_inode_size(inode);
    const uint8_t *end;

    if (ext4_symlink_is_fast(inode)) {
        end = memchr(inode->disk->room, 0, EXT4_INODE_ROOM);
        if (size == 0 || !end || (uint64_t)(end - inode->disk->room) != size) {
            ext4_check_found(check, "inode %u: symbolic link of %llu bytes, but its text has %d",
                             inode->number, (unsigned long long)size,
                             end ? (int)(end - inode->disk->room) : EXT4_INODE_ROOM);
        }
    } else if (size == 0 || size >= inode->fs->block_bytes) {
        ext4_check_found(check, "inode %u: symbolic link of %llu bytes", inode->number,
                         (unsigned long long)size);
    }
}

static bool is_special(const struct ext4_inode *inode)
{
    return ext4_type_of_mode(ext4_inode_mode(inode)) >= EXT4_TYPE_CHARACTER &&
           !ext4_inode_is(inode, EXT4_MODE_SYMLINK);
}

static void check_whole_size(struct ext4_check *check, const struct ext4_inode *inode)
{
    uint64_t size = le32_get(&inode->disk->size_lo) | (uint64_t)le32_get(&inode->disk->size_hi)
                                                          << 32;
    uint64_t most = is_special(inode) ? 0 : ext4_map_limit(inode) << check->fs->block_shift;

    if (size > most && !ext4_inode_is(inode, EXT4_MODE_DIRECTORY)) {
        ext4_check_found(check, "inode %u: size %llu, expected at most %llu", inode->number,
                         (unsigned long long)size, (unsigned long long)most);
    }
}

static void check_root_node(struct ext4_check *check, const struct ext4_inode *inode)
{
    const struct disk_extent_header *root = (const struct disk_extent_header *)inode->disk->room;

    if (ext4_inode_has(inode, EXT4_FLAG_EXTENTS) && le16_get(&root->max) != EXT4_EXTENT_ROOT_MAX) {
        ext4_check_found(check, "inode %u: extent node for %u entries, expected %u", inode->number,
                         le16_get(&root->max), EXT4_EXTENT_ROOT_MAX);
    }
}

static void check_fields(struct ext4_check *check, const struct ext4_inode *inode)
{
    struct ext4_fs *fs = check->fs;
    bool directory = ext4_inode_is(inode, EXT4_MODE_DIRECTORY);

    if (ext4_inode_has(inode, EXT4_FLAG_EXTENTS) && !(fs->incompat & EXT4_INCOMPAT_EXTENTS)) {
        ext4_check_found(check, "inode %u: has extents, but the file system has not",
                         inode->number);
    }
    if (ext4_inode_has(inode, EXT4_FLAG_INDEX) &&
        (!directory || !(fs->compat & EXT4_COMPAT_DIR_INDEX))) {
        ext4_check_found(check, "inode %u: has an index, but %s", inode->number,
                         directory ? "the file system has none" : "is no directory");
    }
    if ((ext4_inode_has(inode, EXT4_FLAG_ENCRYPTED) && !(fs->incompat & EXT4_INCOMPAT_ENCRYPT)) ||
        (ext4_inode_has(inode, EXT4_FLAG_IMAGIC) && !(fs->compat & EXT4_COMPAT_IMAGIC))) {
        ext4_check_found(check, "inode %u: flags 0x%x, of which the file system knows not all",
                         inode->number, ext4_inode_flags(inode));
    }
    if (le32_get(&inode->disk->fragment) != 0) {
        ext4_check_found(check, "inode %u: fragment address %u, expected 0", inode->number,
                         le32_get(&inode->disk->fragment));
    }
    if (ext4_inode_has(inode, EXT4_FLAG_INLINE_DATA) &&
        !(fs->incompat & EXT4_INCOMPAT_INLINE_DATA)) {
        ext4_check_found(check, "inode %u: has data inside, but the file system has none so",
                         inode->number);
    }
}

static enum ext4_status check_content(struct ext4_check *check, struct ext4_inode *inode)
{
    check_fields(check, inode);
    check_whole_size(check, inode);
    check_root_node(check, inode);
    if (ext4_inode_is(inode, EXT4_MODE_SYMLINK)) {
        check_symlink(check, inode);
    }
    return check_map(check, inode);
}

/* ---- attributes ---------------------------------------------------------- */

static enum ext4_status note_xattr_block(struct ext4_check *check, uint64_t block)
{
    struct ext4_fs *fs = check->fs;
    uint32_t room = check->xattr_room ? check->xattr_room * 2 : 1024;
    uint64_t *blocks;

    if (check->xattr_count == check->xattr_room) {
        blocks = ext4_alloc(fs, room * sizeof(*blocks));
        if (!blocks) {
            return EXT4_NO_MEMORY;
        }
        if (check->xattr_count > 0) {
            memcpy(blocks, check->xattr_blocks, check->xattr_count * sizeof(*blocks));
        }
        ext4_free(fs, check->xattr_blocks, check->xattr_room * sizeof(*blocks));
        check->xattr_blocks = blocks;
        check->xattr_room = room;
    }
    check->xattr_blocks[check->xattr_count++] = block;
    return EXT4_OK;
}

static enum ext4_status check_xattrs(struct ext4_check *check, struct ext4_inode *inode)
{
    uint64_t block = ext4_inode_xattr_block(inode);

    if (block != 0 && (block <= check->fs->first_data_block || block >= check->fs->block_count)) {
        ext4_check_found(check, "inode %u: attribute block %llu, the end is %llu", inode->number,
                         (unsigned long long)block, (unsigned long long)check->fs->block_count);
        return EXT4_OK;
    }
    if (block != 0) {
        TRY(note_xattr_block(check, block));
    }
    return ext4_xattr_check(inode);
}

static bool is_lower(const void *a, const void *b)
{
    return *(const uint64_t *)a < *(const uint64_t *)b;
}

static enum ext4_status check_references(struct ext4_check *check, uint64_t block, uint32_t count)
{
    struct ext4_fs *fs = check->fs;
    struct ext4_buf *buf;
    uint32_t said;

    TRY(ext4_buf_read(fs, block, EXT4_KIND_XATTR, 0, &buf));
    said = le32_get(&((const struct disk_xattr_header *)buf->data)->references);
    ext4_buf_put(fs, buf);
    if (said != count) {
        ext4_check_found(check, "attribute block %llu: counts %u inodes, expected %u",
                         (unsigned long long)block, said, count);
    }
    return EXT4_OK;
}

enum ext4_status ext4_check_xattr_blocks(struct ext4_check *check)
{
    uint32_t count;

    ext4_sort(check->xattr_blocks, check->xattr_count, sizeof(uint64_t), is_lower);
    for (uint32_t i = 0; i < check->xattr_count; i += count) {
        uint64_t block = check->xattr_blocks[i];

        for (count = 1;
             i + count < check->xattr_count && check->xattr_blocks[i + count] == block;) {
            count++;
        }
        if (!ext4_check_claim(check, 0, block, 1)) {
            continue;
        }
        TRY(ext4_check_excuse(check, check_references(check, block, count)));
    }
    return EXT4_OK;
}

/* ---- all inodes ---------------------------------------------------------- */

static bool is_nameless(struct ext4_fs *fs, const struct ext4_inode *inode)
{
    const struct disk_super *super = ext4_super(fs);

    return (inode->number < fs->first_inode && inode->number != EXT4_INODE_ROOT) ||
           ext4_inode_has(inode, EXT4_FLAG_EA_INODE) ||
           (fs->compat & EXT4_COMPAT_ORPHAN_FILE &&
            inode->number == le32_get(&super->orphan_file_inode)) ||
           (fs->ro_compat & EXT4_RO_PROJECT &&
            inode->number == le32_get(&super->project_quota_inode));
}

static void count_type(struct ext4_check *check, const struct ext4_inode *inode)
{
    switch (ext4_inode_mode(inode) & EXT4_MODE_TYPE) {
    case EXT4_MODE_DIRECTORY: check->result->directories++; break;
    case EXT4_MODE_FILE: check->result->files++; break;
    default: check->result->others++;
    }
}

static enum ext4_status check_used(struct ext4_check *check, struct ext4_inode *inode)
{
    uint8_t *facts = &check->facts[inode->number];
    uint32_t dtime = le32_get(&inode->disk->dtime);
    enum ext4_type type = ext4_type_of_mode(ext4_inode_mode(inode));

    *facts |= (uint8_t)type;
    *facts |= is_nameless(check->fs, inode) ? EXT4_CHECK_NAMELESS : 0;
    if (!(*facts & EXT4_CHECK_NAMELESS)) {
        count_type(check, inode);
        if (type == EXT4_TYPE_UNKNOWN) {
            ext4_check_found(check, "inode %u: mode 0%o is of no type", inode->number,
                             ext4_inode_mode(inode));
        }
        if (dtime != 0 && !(*facts & EXT4_CHECK_ORPHAN)) {
            ext4_check_found(check, "inode %u: in use, but was deleted at %u", inode->number,
                             dtime);
        }
    }
    TRY(ext4_check_excuse(check, check_content(check, inode)));
    return check_xattrs(check, inode);
}

/* An inode that is not used is not loaded: it may hold anything. */
static bool looks_used(struct ext4_check *check, uint32_t number, const struct disk_inode *disk)
{
    uint32_t links = le16_get(&disk->links), mode = le16_get(&disk->mode);

    if (number < check->fs->first_inode) {
        return links != 0 || mode != 0 || le32_get(&disk->blocks_lo) != 0;
    }
    if (links == 0 && mode != 0 && le32_get(&disk->dtime) == 0 &&
        !(check->facts[number] & EXT4_CHECK_ORPHAN)) {
        ext4_check_found(check, "inode %u: has no links, but no time of deletion", number);
    }
    return links != 0 || check->facts[number] & EXT4_CHECK_ORPHAN;
}

static enum ext4_status check_inode(struct ext4_check *check, uint32_t number)
{
    struct ext4_fs *fs = check->fs;
    const struct disk_inode *disk;
    struct ext4_inode *inode;
    struct ext4_buf *buf;
    uint64_t block;
    uint32_t offset;
    bool used;
    enum ext4_status status;

    TRY(ext4_inode_place(fs, number, &block, &offset));
    TRY(ext4_buf_read(fs, block, EXT4_KIND_PLAIN, 0, &buf));
    disk = (const struct disk_inode *)(buf->data + offset);
    used = looks_used(check, number, disk);
    ext4_buf_put(fs, buf);
    if (!used) {
        return EXT4_OK;
    }
    check->facts[number] |= EXT4_CHECK_USED;
    status = ext4_inode_load(fs, number, &inode);
    if (status != EXT4_OK) {
        check->facts[number] |= EXT4_CHECK_UNREADABLE;
        return status;
    }
    status = check_used(check, inode);
    ext4_inode_release(inode);
    return status;
}

enum ext4_status ext4_check_inodes(struct ext4_check *check)
{
    struct ext4_fs *fs = check->fs;

    for (uint32_t number = 0; number < fs->group_count; number++) {
        struct ext4_group group;
        enum ext4_status status = ext4_group_load(fs, number, &group);
        uint32_t first = number * fs->inodes_per_group + 1, count;

        TRY(ext4_check_excuse(check, status));
        if (status != EXT4_OK || group.flags & EXT4_GROUP_INODE_UNINIT) {
            continue;
        }
        count = fs->inodes_per_group - group.unused_inodes;
        for (uint32_t i = 0; i < count; i++) {
            TRY(ext4_check_excuse(check, check_inode(check, first + i)));
        }
    }
    return EXT4_OK;
}
