// SPDX-License-Identifier: BSD-2-Clause
#include "delete.h"

#include "alloc.h"
#include "file.h"
#include "fs.h"
#include "inline.h"
#include "map.h"
#include "number.h"
#include "orphan.h"
#include "super.h"
#include "xattr.h"

/* ---- deletion ------------------------------------------------------------ */

static bool has_blocks(const struct ext4_inode *inode)
{
    if (ext4_is_inline(inode)) {
        return false;
    }
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

    if (has_blocks(inode)) {
        TRY(ext4_cut_blocks(inode,
                            (uint32_t)ext4_divide_up(ext4_inode_size(inode), fs->block_bytes)));
    }
    return ext4_change(fs, leave_list, inode);
}

static enum ext4_status check_number(struct ext4_fs *fs, uint32_t number)
{
    bool used;

    if (number < fs->first_inode || number > fs->inode_count || number == fs->orphan_file_inode) {
        return ext4_corrupt(fs, "inode %u is among the orphans", number);
    }
    TRY(ext4_number_used(fs, number, &used));
    return used ? EXT4_OK : ext4_corrupt(fs, "inode %u is among the orphans, and free", number);
}

/* Whoever has it open finishes it when he puts it; if it still has links, it is being cut shorter,
 * and nobody else can write now. */
static bool is_left_to_others(const struct ext4_inode *inode)
{
    return inode->references > 1 && ext4_inode_links(inode) == 0;
}

/* Not *done if it is left to others; *next is what the list has behind it. */
static enum ext4_status finish_one(struct ext4_fs *fs, uint32_t number, uint32_t orphan, bool *done,
                                   uint32_t *next)
{
    struct ext4_inode *inode;
    enum ext4_status status = EXT4_OK;

    TRY(check_number(fs, number));
    TRY(ext4_inode_load(fs, number, &inode));
    *done = !is_left_to_others(inode);
    *next = le32_get(&inode->disk->dtime);
    ext4_orphan_recall(inode, orphan);
    if (*done) {
        status = ext4_inode_links(inode) == 0 ? cut_and_free(inode) : finish_truncation(inode);
    }
    ext4_inode_release(inode);
    return status;
}

static enum ext4_status finish_file(struct ext4_fs *fs, uint32_t *count)
{
    uint32_t slot = 0, number, next;
    bool done;

    fs->orphans.used_count = 0; /* all are seen again */
    for (;; slot++) {
        TRY(ext4_orphan_in_file(fs, &slot, &number));
        if (number == 0) {
            return EXT4_OK;
        }
        TRY(finish_one(fs, number, slot + 1, &done, &next));
        *count += done;
    }
}

/* From the start again when one is finished, for the list is another one then. */
static enum ext4_status finish_list(struct ext4_fs *fs, uint32_t *count)
{
    uint32_t number = le32_get(&ext4_super(fs)->last_orphan), next;
    bool done;

    for (uint32_t steps = 0; number != 0; steps++) {
        if (steps == fs->inode_count) {
            return ext4_corrupt(fs, "the list of orphans has no end");
        }
        TRY(finish_one(fs, number, EXT4_ORPHAN_LISTED, &done, &next));
        if (done) {
            next = le32_get(&ext4_super(fs)->last_orphan);
            steps = 0;
        }
        *count += done;
        number = next;
    }
    return EXT4_OK;
}

enum ext4_status ext4_orphans_finish(struct ext4_fs *fs)
{
    uint32_t count = 0;

    TRY(finish_file(fs, &count));
    TRY(finish_list(fs, &count));
    if (count > 0) {
        ext4_log(fs, "%u orphans finished", count);
    }
    return EXT4_OK;
}
