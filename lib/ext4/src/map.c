// SPDX-License-Identifier: BSD-2-Clause
#include "map.h"

#include "alloc.h"
#include "fs.h"
#include "group.h"
#include "map_priv.h"

#define EXTENTS_LIMIT 0xffffffffu

static bool has_extents(const struct ext4_inode *inode)
{
    return ext4_inode_has(inode, EXT4_FLAG_EXTENTS);
}

enum ext4_status ext4_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run)
{
    return has_extents(inode) ? ext4_extent_map(inode, logical, run)
                              : ext4_indirect_map(inode, logical, run);
}

uint64_t ext4_map_limit(const struct ext4_inode *inode)
{
    return has_extents(inode) ? EXTENTS_LIMIT
                              : ext4_min(ext4_indirect_limit(inode->fs), EXTENTS_LIMIT);
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
    return has_extents(inode) ? ext4_extent_convert(handle, inode, logical, count, unwritten)
                              : EXT4_UNSUPPORTED;
}

enum ext4_status ext4_map_remove(struct ext4_handle *handle, struct ext4_inode *inode,
                                 uint32_t first, uint64_t *end, bool metadata)
{
    uint64_t limit = ext4_map_limit(inode);

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

static enum ext4_status find_goal(struct ext4_inode *inode, uint32_t logical, uint64_t *goal)
{
    struct ext4_run run = {.kind = EXT4_RUN_HOLE};

    if (logical > 0) {
        TRY(ext4_map(inode, logical - 1, &run));
    }
    if (run.kind != EXT4_RUN_HOLE) {
        *goal = run.physical + 1;
    } else if (inode->goal) {
        *goal = inode->goal;
    } else {
        *goal = ext4_group_first_block(inode->fs, ext4_group_of_inode(inode->fs, inode->number));
    }
    return EXT4_OK;
}

enum ext4_status ext4_map_alloc(struct ext4_handle *handle, struct ext4_inode *inode,
                                uint32_t logical, uint32_t want, uint64_t *first, uint32_t *count)
{
    uint64_t goal;

    TRY(find_goal(inode, logical, &goal));
    return ext4_blocks_alloc(handle, goal, want, first, count);
}
