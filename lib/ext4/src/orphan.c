// SPDX-License-Identifier: BSD-2-Clause
#include "orphan.h"

#include "fs.h"
#include "map.h"
#include "super.h"

/* What to look for in slots. */
enum { SLOT_FREE = 0 };
#define SLOT_USED UINT32_MAX

/* ---- the list ------------------------------------------------------------ */

static enum ext4_status touch_super(struct ext4_handle *handle, struct disk_super **super)
{
    struct ext4_buf *buf;

    TRY(ext4_touch(handle, handle->fs->super->block, EXT4_KIND_SUPER, 0, &buf));
    *super = ext4_super(handle->fs);
    return EXT4_OK;
}

static enum ext4_status add_to_list(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct disk_super *super;

    TRY(touch_super(handle, &super));
    inode->disk->dtime = super->last_orphan;
    le32_set(&super->last_orphan, inode->number);
    inode->orphan = EXT4_ORPHAN_LISTED;
    return EXT4_OK;
}

/* Gives a reference to the inode before, none if it is the first. The list is short; a damaged one
 * may be a circle, so the walk is bounded. */
static enum ext4_status find_in_list(const struct ext4_inode *inode, struct ext4_inode **before)
{
    struct ext4_fs *fs = inode->fs;
    uint32_t at = le32_get(&ext4_super(fs)->last_orphan);

    *before = NULL;
    if (at == inode->number) {
        return EXT4_OK;
    }
    for (uint32_t steps = 0; at != 0 && at <= fs->inode_count && steps < fs->inode_count; steps++) {
        TRY(ext4_inode_load(fs, at, before));
        at = le32_get(&(*before)->disk->dtime);
        if (at == inode->number) {
            return EXT4_OK;
        }
        ext4_inode_release(*before);
        *before = NULL;
    }
    return EXT4_NOT_FOUND;
}

static enum ext4_status remove_from_list(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_inode *before;
    struct disk_super *super;
    enum ext4_status status;

    TRY(touch_super(handle, &super));
    status = find_in_list(inode, &before);
    if (status == EXT4_NOT_FOUND) {
        return ext4_corrupt(fs, "inode %u is not in the list of orphans", inode->number);
    }
    TRY(status);
    if (before) {
        status = ext4_touch_inode(handle, before);
        if (status == EXT4_OK) {
            before->disk->dtime = inode->disk->dtime;
        }
        ext4_inode_release(before);
        TRY(status);
    } else {
        super->last_orphan = inode->disk->dtime;
    }
    le32_set(&inode->disk->dtime, 0);
    return EXT4_OK;
}

/* ---- the file ------------------------------------------------------------ */

static uint32_t slots_per_block(const struct ext4_fs *fs)
{
    return (fs->block_bytes - (uint32_t)sizeof(struct disk_orphan_tail)) /
           (uint32_t)sizeof(struct le32);
}

static enum ext4_status place_of(struct ext4_fs *fs, uint32_t slot, uint64_t *block)
{
    struct ext4_run run;

    TRY(ext4_map(fs->orphans.file, slot / slots_per_block(fs), &run));
    if (run.kind != EXT4_RUN_WRITTEN) {
        return ext4_corrupt(fs, "orphan file: no block for slot %u", slot);
    }
    *block = run.physical;
    return EXT4_OK;
}

static enum ext4_status check_tail(struct ext4_fs *fs, const struct ext4_buf *buf)
{
    const struct disk_orphan_tail *tail =
        (const struct disk_orphan_tail *)(buf->data + fs->block_bytes - sizeof(*tail));

    if (le32_get(&tail->magic) != EXT4_ORPHAN_MAGIC) {
        return ext4_corrupt(fs, "orphan file: block %llu with magic 0x%08x, expected 0x%08x",
                            (unsigned long long)buf->block, le32_get(&tail->magic),
                            EXT4_ORPHAN_MAGIC);
    }
    return EXT4_OK;
}

/* The block of a slot, pinned. */
static enum ext4_status read_block(struct ext4_fs *fs, uint32_t slot, struct ext4_buf **buf)
{
    enum ext4_status status;
    uint64_t block;

    TRY(place_of(fs, slot, &block));
    TRY(ext4_buf_read(fs, block, EXT4_KIND_ORPHANS, fs->orphans.file->seed, buf));
    status = check_tail(fs, *buf);
    if (status != EXT4_OK) {
        ext4_buf_put(fs, *buf);
    }
    return status;
}

static struct le32 *slot_in(const struct ext4_fs *fs, struct ext4_buf *buf, uint32_t slot)
{
    return (struct le32 *)buf->data + slot % slots_per_block(fs);
}

/* Moves *slot to the first from there on that holds what is wanted; EXT4_NOT_FOUND if none does. */
static enum ext4_status find_slot(struct ext4_fs *fs, uint32_t wanted, uint32_t *slot)
{
    while (*slot < fs->orphans.slot_count) {
        uint32_t end = (*slot / slots_per_block(fs) + 1) * slots_per_block(fs);
        struct ext4_buf *buf;
        bool found = false;

        TRY(read_block(fs, *slot, &buf));
        for (; *slot < end && !found; *slot += !found) {
            uint32_t number = le32_get(slot_in(fs, buf, *slot));

            found = wanted == SLOT_USED ? number != 0 : number == wanted;
        }
        ext4_buf_put(fs, buf);
        if (found) {
            return EXT4_OK;
        }
    }
    return EXT4_NOT_FOUND;
}

static enum ext4_status set_slot(struct ext4_handle *handle, uint32_t slot, uint32_t number)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_buf *buf;
    uint64_t block;

    TRY(place_of(fs, slot, &block));
    TRY(ext4_touch(handle, block, EXT4_KIND_ORPHANS, fs->orphans.file->seed, &buf));
    TRY(check_tail(fs, buf));
    le32_set(slot_in(fs, buf, slot), number);
    return EXT4_OK;
}

static enum ext4_status find_free_slot(struct ext4_fs *fs, uint32_t *slot)
{
    enum ext4_status status;

    if (fs->orphans.used_count >= fs->orphans.slot_count) {
        return EXT4_NOT_FOUND;
    }
    *slot = fs->orphans.hint;
    status = find_slot(fs, SLOT_FREE, slot);
    if (status == EXT4_NOT_FOUND) {
        *slot = 0;
        status = find_slot(fs, SLOT_FREE, slot);
    }
    return status;
}

static bool is_in_file(uint32_t orphan)
{
    return orphan != EXT4_ORPHAN_NOT && orphan != EXT4_ORPHAN_LISTED;
}

/* EXT4_NOT_FOUND if there is no file, or no slot is free. */
static enum ext4_status add_to_file(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_orphans *orphans = &handle->fs->orphans;
    uint32_t slot;

    TRY(find_free_slot(handle->fs, &slot));
    TRY(set_slot(handle, slot, inode->number));
    orphans->hint = slot + 1;
    ext4_orphan_recall(inode, slot + 1);
    return EXT4_OK;
}

static enum ext4_status remove_from_file(struct ext4_handle *handle, struct ext4_inode *inode)
{
    struct ext4_orphans *orphans = &handle->fs->orphans;
    uint32_t slot = inode->orphan - 1;

    TRY(set_slot(handle, slot, SLOT_FREE));
    orphans->hint = slot;
    orphans->used_count--;
    return EXT4_OK;
}

static enum ext4_status check_file(struct ext4_fs *fs, const struct ext4_inode *file)
{
    uint64_t blocks = ext4_inode_size(file) >> fs->block_shift;

    if (!ext4_inode_is(file, EXT4_MODE_FILE) || blocks == 0 ||
        blocks > (UINT32_MAX - 1) / slots_per_block(fs)) {
        return ext4_corrupt(fs, "orphan file: inode %u with mode %o and %llu bytes", file->number,
                            ext4_inode_mode(file), (unsigned long long)ext4_inode_size(file));
    }
    fs->orphans.slot_count = (uint32_t)blocks * slots_per_block(fs);
    return EXT4_OK;
}

enum ext4_status ext4_orphans_open(struct ext4_fs *fs)
{
    if (!(fs->compat & EXT4_COMPAT_ORPHAN_FILE)) {
        return EXT4_OK;
    }
    if (!fs->orphans.file) {
        TRY(ext4_inode_load(fs, fs->orphan_file_inode, &fs->orphans.file));
    }
    fs->orphans.from_before = fs->ro_compat & EXT4_RO_ORPHAN_PRESENT;
    return check_file(fs, fs->orphans.file);
}

/* ---- both ---------------------------------------------------------------- */

void ext4_orphan_recall(struct ext4_inode *inode, uint32_t orphan)
{
    inode->orphan = orphan;
    inode->fs->orphans.used_count += is_in_file(orphan);
}

/* An inode that was an orphan, left memory and came back. */
static enum ext4_status find_forgotten(struct ext4_inode *inode)
{
    struct ext4_inode *before;
    uint32_t slot = 0;
    enum ext4_status status = find_in_list(inode, &before);

    if (status == EXT4_OK) {
        inode->orphan = EXT4_ORPHAN_LISTED;
        if (before) {
            ext4_inode_release(before);
        }
    } else if (status == EXT4_NOT_FOUND) {
        status = find_slot(inode->fs, inode->number, &slot);
        inode->orphan = status == EXT4_OK ? slot + 1 : EXT4_ORPHAN_NOT;
    }
    return status == EXT4_NOT_FOUND ? EXT4_OK : status;
}

enum ext4_status ext4_orphan_add(struct ext4_handle *handle, struct ext4_inode *inode)
{
    enum ext4_status status;

    if (inode->orphan == EXT4_ORPHAN_NOT && handle->fs->orphans.forgotten) {
        TRY(find_forgotten(inode));
    }
    if (inode->orphan != EXT4_ORPHAN_NOT) {
        return EXT4_OK;
    }
    status = add_to_file(handle, inode);
    return status == EXT4_NOT_FOUND ? add_to_list(handle, inode) : status;
}

enum ext4_status ext4_orphan_remove(struct ext4_handle *handle, struct ext4_inode *inode)
{
    TRY(is_in_file(inode->orphan) ? remove_from_file(handle, inode)
                                  : remove_from_list(handle, inode));
    inode->orphan = EXT4_ORPHAN_NOT;
    return EXT4_OK;
}

void ext4_orphan_undo(struct ext4_inode *inode)
{
    struct ext4_orphans *orphans = &inode->fs->orphans;

    orphans->used_count += is_in_file(inode->orphan_before);
    orphans->used_count -= is_in_file(inode->orphan);
    inode->orphan = inode->orphan_before;
}

enum ext4_status ext4_orphan_in_file(struct ext4_fs *fs, uint32_t *slot, uint32_t *number)
{
    enum ext4_status status;
    struct ext4_buf *buf;

    *number = 0;
    if (!fs->orphans.from_before) {
        return EXT4_OK;
    }
    status = find_slot(fs, SLOT_USED, slot);
    if (status == EXT4_NOT_FOUND) {
        return EXT4_OK;
    }
    TRY(status);
    TRY(read_block(fs, *slot, &buf));
    *number = le32_get(slot_in(fs, buf, *slot));
    ext4_buf_put(fs, buf);
    return EXT4_OK;
}
