// SPDX-License-Identifier: BSD-2-Clause
#include "delete.h"

#include "alloc.h"
#include "file.h"
#include "fs.h"
#include "map.h"
#include "number.h"
#include "super.h"
#include "xattr.h"

#include <tiny/string.h>

/* ---- the list ------------------------------------------------------------ */

static enum ext4_status touch_super(struct ext4_handle *handle, struct disk_super **super)
{
    struct ext4_buf *buf;

    TRY(ext4_touch(handle, handle->fs->super->block, EXT4_KIND_SUPER, 0, &buf));
    *super = ext4_super(handle->fs);
    return EXT4_OK;
}

enum ext4_status ext4_orphan_add(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct disk_super *super;

    TRY(touch_super(handle, &super));
    inode->disk->dtime = super->last_orphan;
    le32_set(&super->last_orphan, inode->number);
    return EXT4_OK;
}

/* Every orphan of a mounted file system is in memory, or the crash before left it. The list is
 * short; a damaged one may be a circle, so the walk is bounded. */
enum ext4_status ext4_orphan_remove(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t next = le32_get(&inode->disk->dtime), at;
    struct disk_super *super;

    TRY(touch_super(handle, &super));
    at = le32_get(&super->last_orphan);
    le32_set(&inode->disk->dtime, 0);
    if (at == inode->number) {
        le32_set(&super->last_orphan, next);
        return EXT4_OK;
    }
    for (uint32_t steps = 0; at != 0 && at <= fs->inode_count && steps < fs->inode_count; steps++) {
        struct ext4_inode *before;
        uint32_t following;
        enum ext4_status status = EXT4_OK;

        TRY(ext4_inode_load(fs, at, &before));
        following = le32_get(&before->disk->dtime);
        if (following == inode->number) {
            status = ext4_touch_inode(handle, before);
            if (status == EXT4_OK) {
                le32_set(&before->disk->dtime, next);
            }
        }
        ext4_inode_release(before);
        if (status != EXT4_OK || following == inode->number) {
            return status;
        }
        at = following;
    }
    return ext4_corrupt(fs, "inode %u is not in the list of orphans", inode->number);
}

/* ---- deletion ------------------------------------------------------------ */

static bool has_blocks(const struct ext4_inode *inode)
{
    return ext4_inode_is(inode, EXT4_MODE_FILE) || ext4_inode_is(inode, EXT4_MODE_DIRECTORY) ||
           (ext4_inode_is(inode, EXT4_MODE_SYMLINK) && !ext4_symlink_is_fast(inode));
}

struct cut {
    struct ext4_inode *inode;
    uint32_t first;
    uint64_t end; /* what is still to be cut */
};

static enum ext4_status cut_some(struct ext4_handle *handle, void *arguments)
{
    struct cut *cut = arguments;
    uint64_t end = cut->end;

    TRY(ext4_touch_inode(handle, cut->inode));
    TRY(ext4_map_remove(handle, cut->inode, cut->first, &end));
    cut->end = end;
    return EXT4_OK;
}

enum ext4_status ext4_cut_blocks(struct ext4_inode *inode, uint32_t first)
{
    struct cut cut = {inode, first, ext4_map_limit(inode)};

    while (cut.end > first) {
        TRY(ext4_change(inode->fs, cut_some, &cut));
    }
    return EXT4_OK;
}

static enum ext4_status free_inode(struct ext4_handle *handle, void *arguments)
{
    struct ext4_inode *inode = arguments;
    struct ext4_time now = ext4_now(handle->fs);

    TRY(ext4_touch_inode(handle, inode));
    TRY(ext4_xattr_free_block(handle, inode));
    TRY(ext4_orphan_remove(handle, inode));
    TRY(ext4_number_free(handle, inode->number, ext4_inode_is(inode, EXT4_MODE_DIRECTORY)));
    ext4_inode_set_size(inode, 0);
    le32_set(&inode->disk->dtime, (uint32_t)now.seconds ? (uint32_t)now.seconds : 1);
    return EXT4_OK;
}

static enum ext4_status cut_and_free(struct ext4_inode *inode)
{
    if (has_blocks(inode)) {
        TRY(ext4_cut_blocks(inode, 0));
    }
    TRY(ext4_change(inode->fs, free_inode, inode));
    ext4_inode_kill(inode);
    return EXT4_OK;
}

void ext4_delete(struct ext4_inode *inode)
{
    enum ext4_status status;

    if (!ext4_writable(inode->fs)) {
        return;
    }
    status = cut_and_free(inode);
    if (status != EXT4_OK) {
        ext4_log(inode->fs, "inode %u stays an orphan: %s", inode->number,
                 ext4_status_text(status));
    }
}

/* ---- after a crash ------------------------------------------------------- */

static enum ext4_status leave_list(struct ext4_handle *handle, void *arguments)
{
    struct ext4_inode *inode = arguments;

    TRY(ext4_touch_inode(handle, inode));
    return ext4_orphan_remove(handle, inode);
}

static enum ext4_status finish_truncation(struct ext4_inode *inode)
{
    struct ext4_fs *fs = inode->fs;

    TRY(ext4_cut_blocks(inode, (uint32_t)ext4_divide_up(ext4_inode_size(inode), fs->block_bytes)));
    return ext4_change(fs, leave_list, inode);
}

static enum ext4_status finish_one(struct ext4_fs *fs, uint32_t number)
{
    struct ext4_inode *inode;
    enum ext4_status status;
    bool used;

    if (number < fs->first_inode || number > fs->inode_count) {
        return ext4_corrupt(fs, "list of orphans: inode %u", number);
    }
    TRY(ext4_number_used(fs, number, &used));
    if (!used) {
        return ext4_corrupt(fs, "list of orphans: inode %u is free", number);
    }
    TRY(ext4_inode_load(fs, number, &inode));
    status = ext4_inode_links(inode) == 0 ? cut_and_free(inode) : finish_truncation(inode);
    ext4_inode_release(inode);
    return status;
}

enum ext4_status ext4_orphans_finish(struct ext4_fs *fs)
{
    uint32_t count = 0, number;

    while ((number = le32_get(&ext4_super(fs)->last_orphan)) != 0) {
        TRY(finish_one(fs, number));
        count++;
    }
    if (count > 0) {
        ext4_log(fs, "%u orphans finished", count);
    }
    return EXT4_OK;
}
