// SPDX-License-Identifier: BSD-2-Clause
#include "map.h"

#include "alloc.h"
#include "fs.h"
#include "group.h"
#include "inline.h"
#include "map_priv.h"

enum { SECTOR_SHIFT = 9, AHEAD_MIN = 16, AHEAD_MAX = 2048 };

#define EXTENTS_LIMIT 0xffffffffu

static bool has_extents(const struct ext4_inode *inode)
{
    return ext4_inode_has(inode, EXT4_FLAG_EXTENTS);
}

enum ext4_status ext4_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run)
{
    if (ext4_is_inline(inode)) {
        return ext4_corrupt(inode->fs, "inode %u: data in the inode where blocks must be",
                            inode->number);
    }
    return has_extents(inode) ? ext4_extent_map(inode, logical, run)
                              : ext4_indirect_map(inode, logical, run);
}

uint64_t ext4_map_limit(const struct ext4_inode *inode)
{
    bool extents =
        ext4_is_inline(inode) ? inode->fs->incompat & EXT4_INCOMPAT_EXTENTS : has_extents(inode);

    return extents ? EXTENTS_LIMIT : ext4_min(ext4_indirect_limit(inode->fs), EXTENTS_LIMIT);
}

void ext4_map_init(struct ext4_inode *inode)
{
    if (inode->fs->incompat & EXT4_INCOMPAT_EXTENTS) {
        ext4_inode_set_flag(inode, EXT4_FLAG_EXTENTS, true);
        ext4_extent_init(inode);
    }
}

enum ext4_status ext4_map_insert(struct ext4_handle *handle, struct ext4_inode *inode,
                                 uint32_t logical, uint64_t physical, uint32_t count,
                                 bool unwritten)
{
    ext4_inode_add_blocks(inode, count);
    inode->data_changed = true;
    inode->goal = physical + count;
    if (has_extents(inode)) {
        return ext4_extent_insert(handle, inode, logical, physical, count, unwritten);
    }
    return unwritten ? EXT4_UNSUPPORTED
                     : ext4_indirect_insert(handle, inode, logical, physical, count);
}

enum ext4_status ext4_map_convert(struct ext4_handle *handle, struct ext4_inode *inode,
                                  uint32_t logical, uint32_t count, bool unwritten)
{
    inode->data_changed = true;
    return has_extents(inode) ? ext4_extent_convert(handle, inode, logical, count, unwritten)
                              : EXT4_UNSUPPORTED;
}

bool ext4_map_is_logged(const struct ext4_inode *inode)
{
    return !ext4_inode_is(inode, EXT4_MODE_FILE) || inode->fs->data_mode == EXT4_DATA_JOURNAL ||
           (inode->fs->journal.present && ext4_inode_has(inode, EXT4_FLAG_JOURNAL_DATA));
}

enum ext4_status ext4_map_remove(struct ext4_handle *handle, struct ext4_inode *inode,
                                 uint32_t first, uint64_t *end)
{
    uint64_t limit = ext4_map_limit(inode);
    bool metadata = ext4_map_is_logged(inode);

    inode->data_changed = true;
    *end = *end > limit ? limit : *end;
    while (*end > first && ext4_handle_room(handle) >= EXT4_STEP_ROOM &&
           ext4_handle_revokes(handle) >= EXT4_STEP_REVOKES) {
        uint64_t before = *end;

        TRY(has_extents(inode) ? ext4_extent_step(handle, inode, first, end, metadata)
                               : ext4_indirect_step(handle, inode, first, end, metadata));
        ext4_assert(*end < before && *end >= first);
    }
    return EXT4_OK;
}

enum ext4_status ext4_map_free(struct ext4_handle *handle, uint64_t physical, uint32_t count,
                               bool metadata)
{
    for (uint32_t i = 0; metadata && i < count; i++) {
        TRY(ext4_revoke(handle, physical + i));
    }
    return ext4_blocks_free(handle, physical, count);
}

enum ext4_status ext4_map_visit(struct ext4_inode *inode, struct ext4_map_visitor *visitor)
{
    return has_extents(inode) ? ext4_extent_visit(inode, visitor)
                              : ext4_indirect_visit(inode, visitor);
}

/* Near what was allocated last, or near the inode. */
static uint64_t near(const struct ext4_inode *inode)
{
    struct ext4_fs *fs = inode->fs;

    return inode->goal ? inode->goal
                       : ext4_group_first_block(fs, ext4_group_of_inode(fs, inode->number));
}

/* A file that grows at its end is expected to double. */
static uint32_t expected_growth(const struct ext4_inode *inode)
{
    uint64_t blocks = ext4_inode_sectors(inode) >> (inode->fs->block_shift - SECTOR_SHIFT);

    return (uint32_t)ext4_min(ext4_max(blocks, AHEAD_MIN), AHEAD_MAX);
}

enum ext4_status ext4_map_alloc(struct ext4_handle *handle, struct ext4_inode *inode,
                                uint32_t logical, uint32_t want, uint32_t soon,
                                struct ext4_run *run)
{
    struct ext4_wish wish = {near(inode), want, want + soon, soon, inode->number};
    struct ext4_run before = {.kind = EXT4_RUN_HOLE};

    if (logical > 0) {
        TRY(ext4_map(inode, logical - 1, &before));
    }
    if (before.kind != EXT4_RUN_HOLE) {
        wish.goal = before.physical + 1;
        wish.ideal = want + (uint32_t)ext4_max(soon, expected_growth(inode));
    }
    if (before.kind != EXT4_RUN_HOLE || logical == 0) {
        wish.ahead = (uint32_t)ext4_max(soon, expected_growth(inode));
    }
    return ext4_blocks_alloc(handle, wish, &run->physical, &run->count);
}

enum ext4_status ext4_map_alloc_node(struct ext4_handle *handle, struct ext4_inode *inode,
                                     uint64_t *block)
{
    uint32_t count;

    return ext4_blocks_alloc(handle, (struct ext4_wish){.goal = near(inode), .want = 1}, block,
                             &count);
}
