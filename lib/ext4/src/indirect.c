// SPDX-License-Identifier: BSD-2-Clause
/*
 * The block map of ext2 and ext3: twelve blocks named in the inode, then trees of one, two and
 * three levels of blocks that name blocks. 0 is a hole. No block of names is empty.
 */
#include "alloc.h"
#include "fs.h"
#include "map_priv.h"

#include <tiny/string.h>

/* Where a block is: `slots[0]` in the inode, the others in the blocks of names below. */
struct place {
    uint32_t slots[EXT4_INDIRECT_LEVELS + 1];
    int levels; /* blocks of names on the way */
};

static uint32_t slots_per_block(const struct ext4_fs *fs)
{
    return fs->block_bytes / (uint32_t)sizeof(struct le32);
}

uint64_t ext4_indirect_limit(const struct ext4_fs *fs)
{
    uint64_t n = slots_per_block(fs);

    return EXT4_DIRECT + n + n * n + n * n * n;
}

/* How many blocks one slot stands for that has `levels` blocks of names below it. */
static uint64_t span(const struct ext4_fs *fs, int levels)
{
    uint64_t blocks = 1;

    while (levels-- > 0) {
        blocks *= slots_per_block(fs);
    }
    return blocks;
}

static void find_place(const struct ext4_fs *fs, uint32_t logical, struct place *place)
{
    uint64_t rest = logical;

    place->levels = 0;
    if (rest < EXT4_DIRECT) {
        place->slots[0] = (uint32_t)rest;
        return;
    }
    rest -= EXT4_DIRECT;
    for (place->levels = 1; rest >= span(fs, place->levels); place->levels++) {
        rest -= span(fs, place->levels);
        ext4_assert(place->levels < EXT4_INDIRECT_LEVELS);
    }
    place->slots[0] = EXT4_DIRECT + (uint32_t)place->levels - 1;
    for (int i = 1; i <= place->levels; i++) {
        uint64_t below = span(fs, place->levels - i);

        place->slots[i] = (uint32_t)(rest / below);
        rest %= below;
    }
}

static enum ext4_status check_name(struct ext4_inode *inode, uint32_t block)
{
    if (block != 0 && (block <= inode->fs->first_data_block || block >= inode->fs->block_count)) {
        return ext4_corrupt(inode->fs, "inode %u: maps block %u, the end is %llu", inode->number,
                            block, (unsigned long long)inode->fs->block_count);
    }
    return EXT4_OK;
}

static struct le32 *root_slots(struct ext4_inode *inode)
{
    return (struct le32 *)inode->disk->room;
}

/* ---- looking up ---------------------------------------------------------- */

/* How far `place` is into what its slot at `level` stands for. */
static uint64_t distance(const struct ext4_fs *fs, const struct place *place, int level)
{
    uint64_t into = 0;

    for (int i = level + 1; i <= place->levels; i++) {
        into += place->slots[i] * span(fs, place->levels - i);
    }
    return into;
}

/* The slot at `level` is empty: how many blocks from `place` on it stands for. */
static uint64_t hole_left(const struct ext4_fs *fs, const struct place *place, int level)
{
    return span(fs, place->levels - level) - distance(fs, place, level);
}

/* How many slots from `at` on name blocks one after the other, or nothing. */
static uint32_t count_run(const struct le32 *slots, uint32_t at, uint32_t end)
{
    uint32_t block = le32_get(&slots[at]), count = 1;

    while (at + count < end && le32_get(&slots[at + count]) == (block ? block + count : 0)) {
        count++;
    }
    return count;
}

static void set_run(struct ext4_run *run, uint32_t block, uint64_t count)
{
    run->kind = block ? EXT4_RUN_WRITTEN : EXT4_RUN_HOLE;
    run->physical = block;
    run->count = (uint32_t)ext4_min(count, UINT32_MAX);
}

static enum ext4_status check_run(struct ext4_inode *inode, const struct ext4_run *run)
{
    if (run->kind == EXT4_RUN_HOLE) {
        return EXT4_OK;
    }
    TRY(check_name(inode, (uint32_t)run->physical));
    return check_name(inode, (uint32_t)(run->physical + run->count - 1));
}

enum ext4_status ext4_indirect_map(struct ext4_inode *inode, uint32_t logical, struct ext4_run *run)
{
    struct ext4_fs *fs = inode->fs;
    struct place place;
    uint32_t block;

    if (logical >= ext4_indirect_limit(fs)) {
        set_run(run, 0, UINT32_MAX - logical);
        return EXT4_OK;
    }
    find_place(fs, logical, &place);
    block = le32_get(&root_slots(inode)[place.slots[0]]);
    if (place.levels == 0) {
        set_run(run, block, count_run(root_slots(inode), place.slots[0], EXT4_DIRECT));
        return check_run(inode, run);
    }
    for (int i = 1; i <= place.levels; i++) {
        const struct le32 *slots;
        struct ext4_buf *buf;

        if (block == 0) {
            set_run(run, 0, hole_left(fs, &place, i - 1));
            return EXT4_OK;
        }
        TRY(check_name(inode, block));
        TRY(ext4_buf_read(fs, block, EXT4_KIND_PLAIN, 0, &buf));
        slots = (const struct le32 *)buf->data;
        block = le32_get(&slots[place.slots[i]]);
        if (i == place.levels) {
            set_run(run, block, count_run(slots, place.slots[i], slots_per_block(fs)));
            ext4_buf_put(fs, buf);
            return check_run(inode, run);
        }
        ext4_buf_put(fs, buf);
    }
    ext4_assert(!"the last level returns");
    return EXT4_CORRUPT;
}

/* ---- inserting ----------------------------------------------------------- */

/* The slots at level `i` of the way, to be changed. */
static enum ext4_status touch_slots(struct ext4_handle *handle, struct ext4_inode *inode,
                                    uint32_t block, struct le32 **slots)
{
    struct ext4_buf *buf;

    if (block == 0) {
        *slots = root_slots(inode);
        return EXT4_OK;
    }
    TRY(ext4_touch(handle, block, EXT4_KIND_PLAIN, 0, &buf));
    *slots = (struct le32 *)buf->data;
    return EXT4_OK;
}

static enum ext4_status add_names(struct ext4_handle *handle, struct ext4_inode *inode,
                                  struct le32 *slot)
{
    uint64_t block;
    struct ext4_buf *buf;

    TRY(ext4_map_alloc_node(handle, inode, &block));
    ext4_inode_add_blocks(inode, 1);
    TRY(ext4_touch_new(handle, block, EXT4_KIND_PLAIN, 0, &buf));
    le32_set(slot, (uint32_t)block);
    return EXT4_OK;
}

static enum ext4_status insert_one(struct ext4_handle *handle, struct ext4_inode *inode,
                                   uint32_t logical, uint32_t physical)
{
    struct place place;
    uint32_t names = 0;
    struct le32 *slots;

    find_place(handle->fs, logical, &place);
    for (int i = 0; i < place.levels; i++) {
        struct ext4_buf *buf;
        uint32_t below = 0;

        if (names == 0) {
            below = le32_get(&root_slots(inode)[place.slots[i]]);
        } else {
            TRY(ext4_look(handle, names, EXT4_KIND_PLAIN, 0, &buf));
            below = le32_get(&((struct le32 *)buf->data)[place.slots[i]]);
        }
        if (below == 0) {
            TRY(touch_slots(handle, inode, names, &slots));
            TRY(add_names(handle, inode, &slots[place.slots[i]]));
            below = le32_get(&slots[place.slots[i]]);
        }
        TRY(check_name(inode, below));
        names = below;
    }
    TRY(touch_slots(handle, inode, names, &slots));
    le32_set(&slots[place.slots[place.levels]], physical);
    return EXT4_OK;
}

enum ext4_status ext4_indirect_insert(struct ext4_handle *handle, struct ext4_inode *inode,
                                      uint32_t logical, uint64_t physical, uint32_t count)
{
    if (physical + count > UINT32_MAX) {
        return EXT4_NO_SPACE; /* a map of 32 bits cannot name it */
    }
    for (uint32_t i = 0; i < count; i++) {
        TRY(insert_one(handle, inode, logical + i, (uint32_t)physical + i));
    }
    return EXT4_OK;
}

/* ---- removing ------------------------------------------------------------ */

static bool is_empty(const struct ext4_fs *fs, const struct le32 *slots)
{
    for (uint32_t i = 0; i < slots_per_block(fs); i++) {
        if (le32_get(&slots[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* The blocks of names on the way; names[0] is 0 for the inode. Returns how many levels there are
 * before the first hole. */
static enum ext4_status find_names(struct ext4_handle *handle, struct ext4_inode *inode,
                                   const struct place *place, uint32_t *names, int *found)
{
    struct le32 *slots = root_slots(inode);

    names[0] = 0;
    for (*found = 0; *found < place->levels; (*found)++) {
        uint32_t below = le32_get(&slots[place->slots[*found]]);
        struct ext4_buf *buf;

        if (below == 0) {
            return EXT4_OK;
        }
        TRY(check_name(inode, below));
        TRY(ext4_look(handle, below, EXT4_KIND_PLAIN, 0, &buf));
        names[*found + 1] = below;
        slots = (struct le32 *)buf->data;
    }
    return EXT4_OK;
}

/* Frees the blocks of names that have become empty, from the lowest up. */
static enum ext4_status free_empty(struct ext4_handle *handle, struct ext4_inode *inode,
                                   const struct place *place, const uint32_t *names)
{
    for (int i = place->levels; i > 0; i--) {
        struct le32 *slots, *parent;

        TRY(touch_slots(handle, inode, names[i], &slots));
        if (!is_empty(handle->fs, slots)) {
            return EXT4_OK;
        }
        TRY(touch_slots(handle, inode, names[i - 1], &parent));
        le32_set(&parent[place->slots[i - 1]], 0);
        TRY(ext4_metadata_free(handle, names[i]));
        ext4_inode_add_blocks(inode, -1);
    }
    return EXT4_OK;
}

/* How many slots up to and with `slot`, at most `most`, name blocks that follow each other. */
static uint32_t run_before(const struct le32 *slots, uint32_t slot, uint32_t most)
{
    uint32_t block = le32_get(&slots[slot]), count = 1;

    while (count < most && count <= slot && block > count &&
           le32_get(&slots[slot - count]) == block - count) {
        count++;
    }
    return count;
}

enum ext4_status ext4_indirect_step(struct ext4_handle *handle, struct ext4_inode *inode,
                                    uint32_t first, uint64_t *end, bool metadata)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t names[EXT4_INDIRECT_LEVELS + 1], logical = (uint32_t)(*end - 1), block, count, slot;
    struct place place;
    struct le32 *slots;
    int found;

    find_place(fs, logical, &place);
    TRY(find_names(handle, inode, &place, names, &found));
    if (found < place.levels) {
        /* A hole: skip what the empty slot stands for. */
        uint64_t into = distance(fs, &place, found);

        *end = logical > into ? ext4_max(first, logical - into) : first;
        return EXT4_OK;
    }
    slot = place.slots[place.levels];
    TRY(touch_slots(handle, inode, names[found], &slots));
    block = le32_get(&slots[slot]);
    if (block == 0) {
        *end = logical;
        return EXT4_OK;
    }
    count = run_before(
        slots, slot, (uint32_t)ext4_min(*end - first, metadata ? EXT4_STEP_METADATA : UINT32_MAX));
    if (place.levels == 0 && count > slot + 1) {
        count = slot + 1;
    }
    memset(&slots[slot + 1 - count], 0, count * sizeof(*slots));
    TRY(ext4_map_free(handle, block + 1 - count, count, metadata));
    ext4_inode_add_blocks(inode, -(int64_t)count);
    *end -= count;
    return free_empty(handle, inode, &place, names);
}

/* ---- visiting ------------------------------------------------------------ */

static enum ext4_status visit_slots(struct ext4_inode *inode, const struct le32 *slots,
                                    uint32_t count, int levels, uint64_t logical,
                                    struct ext4_map_visitor *visitor);

/* What one slot names that has `levels` blocks of names below it. */
static enum ext4_status visit_names(struct ext4_inode *inode, uint32_t block, int levels,
                                    uint64_t logical, struct ext4_map_visitor *visitor)
{
    struct ext4_fs *fs = inode->fs;
    struct ext4_buf *buf;
    enum ext4_status status;

    if (!visitor->node(visitor, block)) {
        return EXT4_OK;
    }
    TRY(ext4_buf_read(fs, block, EXT4_KIND_PLAIN, 0, &buf));
    status = visit_slots(inode, (const struct le32 *)buf->data, slots_per_block(fs), levels - 1,
                         logical, visitor);
    ext4_buf_put(fs, buf);
    return status;
}

static enum ext4_status visit_slots(struct ext4_inode *inode, const struct le32 *slots,
                                    uint32_t count, int levels, uint64_t logical,
                                    struct ext4_map_visitor *visitor)
{
    enum ext4_status result = EXT4_OK;

    for (uint32_t i = 0; i < count; i++, logical += span(inode->fs, levels)) {
        uint32_t block = le32_get(&slots[i]);
        struct ext4_run run = {EXT4_RUN_WRITTEN, 1, block};
        enum ext4_status status = check_name(inode, block);

        if (block != 0 && status == EXT4_OK && levels > 0) {
            status = visit_names(inode, block, levels, logical, visitor);
        } else if (block != 0 && status == EXT4_OK) {
            visitor->run(visitor, (uint32_t)ext4_min(logical, UINT32_MAX), &run);
        }
        result = result == EXT4_OK ? status : result;
    }
    return result;
}

enum ext4_status ext4_indirect_visit(struct ext4_inode *inode, struct ext4_map_visitor *visitor)
{
    const struct le32 *slots = root_slots(inode);
    uint64_t logical = EXT4_DIRECT;
    enum ext4_status result = visit_slots(inode, slots, EXT4_DIRECT, 0, 0, visitor);

    for (int levels = 1; levels <= EXT4_INDIRECT_LEVELS; levels++) {
        enum ext4_status status =
            visit_slots(inode, &slots[EXT4_DIRECT + levels - 1], 1, levels, logical, visitor);

        logical += span(inode->fs, levels);
        result = result == EXT4_OK ? status : result;
    }
    return result;
}
