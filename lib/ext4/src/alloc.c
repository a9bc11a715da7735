// SPDX-License-Identifier: BSD-2-Clause
#include "alloc.h"

#include "fs.h"
#include "group.h"

#include <tiny/string.h>

/* How many groups with enough free blocks are looked at for one long run before a shorter one will
 * do. It bounds the work on a full, fragmented disk. */
enum { CANDIDATES = 8 };

/* ---- bitmaps ------------------------------------------------------------- */

static void set_bits(uint8_t *map, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        ext4_bit_set(map, i);
    }
}

/* Marks what of [start, start + count) lies in the group. */
static void mark(const struct ext4_fs *fs, const struct ext4_group *group, uint8_t *map,
                 uint64_t start, uint64_t count)
{
    uint64_t base = ext4_group_first_block(fs, group->number);
    uint64_t end = base + fs->blocks_per_group;

    for (uint64_t block = start; block < start + count; block++) {
        if (block >= base && block < end) {
            ext4_bit_set(map, (uint32_t)(block - base));
        }
    }
}

/* The bitmap of a group that was never used is not on the disk: only the group's own metadata is in
 * use. */
static void build_block_bitmap(struct ext4_fs *fs, const struct ext4_group *group, uint8_t *map)
{
    uint32_t blocks = ext4_group_blocks(fs, group->number);

    memset(map, 0, fs->block_bytes);
    set_bits(map, 0, ext4_group_head_blocks(fs, group->number));
    mark(fs, group, map, group->block_bitmap, 1);
    mark(fs, group, map, group->inode_bitmap, 1);
    mark(fs, group, map, group->inode_table, ext4_inode_table_blocks(fs));
    set_bits(map, blocks, fs->block_bytes * 8 - blocks);
}

static enum ext4_status store_with(struct ext4_handle *handle, struct ext4_group *group,
                                   struct ext4_buf *bitmap, enum ext4_kind kind)
{
    struct ext4_fs *fs = handle->fs;

    if (ext4_has_checksums(fs)) {
        uint32_t checksum = ext4_bitmap_checksum(fs, bitmap, kind);

        if (kind == EXT4_KIND_BLOCK_BITMAP) {
            group->block_bitmap_checksum = checksum;
        } else {
            group->inode_bitmap_checksum = checksum;
        }
    }
    return ext4_group_store(handle, group);
}

/* Makes sure that the group's block bitmap is on the disk (or will be). */
static enum ext4_status init_block_bitmap(struct ext4_handle *handle, struct ext4_group *group)
{
    struct ext4_buf *buf;

    if (!(group->flags & EXT4_GROUP_BLOCK_UNINIT)) {
        return EXT4_OK;
    }
    TRY(ext4_touch_new(handle, group->block_bitmap, EXT4_KIND_BLOCK_BITMAP, group->number, &buf));
    build_block_bitmap(handle->fs, group, buf->data);
    group->flags &= ~(uint32_t)EXT4_GROUP_BLOCK_UNINIT;
    return store_with(handle, group, buf, EXT4_KIND_BLOCK_BITMAP);
}

static enum ext4_status init_inode_bitmap(struct ext4_handle *handle, struct ext4_group *group)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_buf *buf;

    TRY(init_block_bitmap(handle, group));
    if (!(group->flags & EXT4_GROUP_INODE_UNINIT)) {
        return EXT4_OK;
    }
    TRY(ext4_touch_new(handle, group->inode_bitmap, EXT4_KIND_INODE_BITMAP, group->number, &buf));
    set_bits(buf->data, fs->inodes_per_group, fs->block_bytes * 8 - fs->inodes_per_group);
    group->flags &= ~(uint32_t)EXT4_GROUP_INODE_UNINIT;
    group->unused_inodes = fs->inodes_per_group;
    return store_with(handle, group, buf, EXT4_KIND_INODE_BITMAP);
}

/* ---- finding blocks ------------------------------------------------------ */

struct run {
    uint32_t first, count;
};

/* Freed by a transaction that is not durable yet. */
static bool is_resting(const struct ext4_buf *bitmap, uint32_t bit)
{
    for (int i = 0; i < 2; i++) {
        if (bitmap->shadows[i] && ext4_bit(bitmap->shadows[i]->data, bit)) {
            return true;
        }
    }
    return false;
}

static bool is_free(const struct ext4_buf *bitmap, uint32_t bit)
{
    return !ext4_bit(bitmap->data, bit) && !is_resting(bitmap, bit);
}

static bool byte_is_full(const struct ext4_buf *bitmap, uint32_t bit)
{
    uint32_t used = bitmap->data[bit / 8];

    for (int i = 0; i < 2; i++) {
        used |= bitmap->shadows[i] ? bitmap->shadows[i]->data[bit / 8] : 0;
    }
    return used == 0xff;
}

static uint32_t free_run(const struct ext4_buf *bitmap, uint32_t first, uint32_t end, uint32_t want)
{
    uint32_t count = 0;

    while (first + count < end && count < want && is_free(bitmap, first + count)) {
        count++;
    }
    return count;
}

/* The first run of `want` in [from, end), or the longest there is. */
static struct run search_part(const struct ext4_buf *bitmap, uint32_t from, uint32_t end,
                              uint32_t want)
{
    struct run best = {0, 0};

    for (uint32_t bit = from; bit < end && best.count < want;) {
        uint32_t count;

        if (bit % 8 == 0 && byte_is_full(bitmap, bit)) {
            bit += 8;
            continue;
        }
        count = free_run(bitmap, bit, end, want);
        if (count > best.count) {
            best = (struct run){bit, count};
        }
        bit += count + 1;
    }
    return best;
}

static struct run search(const struct ext4_buf *bitmap, uint32_t goal, uint32_t end, uint32_t want)
{
    struct run after, before;

    goal = goal < end ? goal : 0;
    if (is_free(bitmap, goal)) {
        return (struct run){goal, free_run(bitmap, goal, end, want)};
    }
    after = search_part(bitmap, goal, end, want);
    if (after.count == want) {
        return after;
    }
    before = search_part(bitmap, 0, goal, want);
    return before.count > after.count ? before : after;
}

struct choice {
    uint32_t group;
    struct run run;
};

/* Looks at one group; true if it will do. */
static enum ext4_status consider(struct ext4_handle *handle, uint32_t number, uint32_t goal,
                                 uint32_t want, struct choice *best, bool *looked)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_group group;
    struct ext4_buf *buf;
    struct run run;

    *looked = false;
    TRY(ext4_group_load(fs, number, &group));
    if (group.free_blocks <= best->run.count) {
        return EXT4_OK;
    }
    *looked = true;
    TRY(init_block_bitmap(handle, &group));
    TRY(ext4_buf_read(fs, group.block_bitmap, EXT4_KIND_BLOCK_BITMAP, number, &buf));
    run = search(buf, goal, ext4_group_blocks(fs, number), want);
    ext4_buf_put(fs, buf);
    if (run.count > best->run.count) {
        *best = (struct choice){number, run};
    }
    return EXT4_OK;
}

static enum ext4_status choose(struct ext4_handle *handle, uint64_t goal, uint32_t want,
                               struct choice *best)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t first = ext4_group_of_block(fs, goal), candidates = 0;
    uint32_t bit = (uint32_t)(goal - ext4_group_first_block(fs, first));

    *best = (struct choice){0, {0, 0}};
    for (uint32_t i = 0; i < fs->group_count; i++) {
        uint32_t number = (uint32_t)(((uint64_t)first + i) % fs->group_count);
        bool looked;

        TRY(consider(handle, number, i == 0 ? bit : 0, want, best, &looked));
        candidates += looked;
        /* In the goal's own group any run will do: near is better than long. */
        if (best->run.count == want ||
            (best->run.count > 0 && (i == 0 || candidates >= CANDIDATES))) {
            return EXT4_OK;
        }
    }
    return best->run.count > 0 ? EXT4_OK : EXT4_NO_SPACE;
}

/* ---- blocks -------------------------------------------------------------- */

/* Whoever had the block before may have left something in the cache. */
static enum ext4_status forget(struct ext4_fs *fs, uint64_t first, uint32_t count)
{
    for (uint64_t block = first; block < first + count; block++) {
        struct ext4_buf *buf = ext4_buf_peek(fs, block);
        enum ext4_status status;

        if (!buf) {
            continue;
        }
        buf->pins++;
        status = ext4_buf_settle(fs, buf);
        if (status == EXT4_OK && !ext4_buf_is_held_back(buf)) {
            ext4_buf_discard(fs, buf);
        }
        ext4_buf_put(fs, buf);
        TRY(status);
    }
    return EXT4_OK;
}

static bool overlaps(uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count)
{
    return a < b + b_count && b < a + a_count;
}

static bool is_fixed(struct ext4_fs *fs, const struct ext4_group *group, uint64_t first,
                     uint64_t count)
{
    return overlaps(first, count, group->block_bitmap, 1) ||
           overlaps(first, count, group->inode_bitmap, 1) ||
           overlaps(first, count, group->inode_table, ext4_inode_table_blocks(fs)) ||
           overlaps(first, count, ext4_group_first_block(fs, group->number),
                    ext4_group_head_blocks(fs, group->number));
}

enum ext4_status ext4_blocks_alloc(struct ext4_handle *handle, uint64_t goal, uint32_t want,
                                   uint64_t *first, uint32_t *count)
{
    struct ext4_fs *fs = handle->fs;
    struct choice choice;
    struct ext4_group group;
    struct ext4_buf *buf;

    if (goal < fs->first_data_block || goal >= fs->block_count) {
        goal = fs->first_data_block;
    }
    TRY(choose(handle, goal, want, &choice));
    TRY(ext4_group_load(fs, choice.group, &group));
    if (group.free_blocks < choice.run.count || fs->free_blocks < choice.run.count) {
        return ext4_corrupt(fs, "group %u: %u blocks free in the bitmap, %u counted", choice.group,
                            choice.run.count, group.free_blocks);
    }
    *first = ext4_group_first_block(fs, choice.group) + choice.run.first;
    *count = choice.run.count;
    if (is_fixed(fs, &group, *first, *count)) {
        return ext4_corrupt(fs, "group %u: its own metadata is free in the bitmap", choice.group);
    }
    TRY(ext4_touch(handle, group.block_bitmap, EXT4_KIND_BLOCK_BITMAP, choice.group, &buf));
    ext4_assert(!ext4_bit(buf->data, choice.run.first));
    set_bits(buf->data, choice.run.first, choice.run.count);
    group.free_blocks -= choice.run.count;
    fs->free_blocks -= choice.run.count;
    TRY(store_with(handle, &group, buf, EXT4_KIND_BLOCK_BITMAP));
    return forget(fs, *first, *count);
}

/* Keeps the bits as they are now until the commit. */
static enum ext4_status keep_shadow(struct ext4_fs *fs, struct ext4_buf *bitmap, uint32_t first,
                                    uint32_t count)
{
    struct ext4_buf **shadow = &bitmap->shadows[fs->txn.sequence & 1], *frame;

    if (!*shadow) {
        TRY(ext4_frame_take(fs, &frame));
        memcpy(frame->data, bitmap->data, fs->block_bytes);
        *shadow = frame;
        fs->txn.shadow_count++;
    }
    set_bits((*shadow)->data, first, count);
    fs->txn.freed = true;
    return EXT4_OK;
}

static enum ext4_status free_in_group(struct ext4_handle *handle, uint32_t number, uint64_t block,
                                      uint32_t count)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t bit = (uint32_t)(block - ext4_group_first_block(fs, number));
    struct ext4_group group;
    struct ext4_buf *buf;

    TRY(ext4_group_load(fs, number, &group));
    if (is_fixed(fs, &group, block, count) || group.flags & EXT4_GROUP_BLOCK_UNINIT) {
        return ext4_corrupt(fs, "blocks %llu and %u after it are the file system's own",
                            (unsigned long long)block, count - 1);
    }
    TRY(ext4_touch(handle, group.block_bitmap, EXT4_KIND_BLOCK_BITMAP, number, &buf));
    TRY(keep_shadow(fs, buf, bit, count));
    for (uint32_t i = bit; i < bit + count; i++) {
        if (!ext4_bit(buf->data, i)) {
            return ext4_corrupt(fs, "block %llu is freed, but was free",
                                (unsigned long long)(block + i - bit));
        }
        ext4_bit_clear(buf->data, i);
    }
    group.free_blocks += count;
    fs->free_blocks += count;
    if (group.free_blocks > ext4_group_blocks(fs, number)) {
        return ext4_corrupt(fs, "group %u: %u blocks free of %u", number, group.free_blocks,
                            ext4_group_blocks(fs, number));
    }
    return store_with(handle, &group, buf, EXT4_KIND_BLOCK_BITMAP);
}

enum ext4_status ext4_blocks_free(struct ext4_handle *handle, uint64_t first, uint64_t count)
{
    struct ext4_fs *fs = handle->fs;

    if (first < fs->first_data_block || count > fs->block_count ||
        first > fs->block_count - count) {
        return ext4_corrupt(fs, "blocks %llu and %llu after it are beyond the end",
                            (unsigned long long)first, (unsigned long long)count);
    }
    while (count > 0) {
        uint32_t number = ext4_group_of_block(fs, first);
        uint64_t left = ext4_group_first_block(fs, number) + ext4_group_blocks(fs, number) - first;
        uint32_t part = (uint32_t)ext4_min(count, left);

        TRY(free_in_group(handle, number, first, part));
        first += part;
        count -= part;
    }
    return EXT4_OK;
}

enum ext4_status ext4_metadata_free(struct ext4_handle *handle, uint64_t block)
{
    TRY(ext4_revoke(handle, block));
    return ext4_blocks_free(handle, block, 1);
}

/* ---- inodes -------------------------------------------------------------- */

/* A directory in the root begins a part of the tree of its own: spread those. Others stay with
 * their parents as long as there is room. */
static enum ext4_status choose_start(struct ext4_fs *fs, uint32_t parent, bool directory,
                                     uint32_t *start)
{
    uint64_t average = fs->free_inodes / fs->group_count, best = 0;
    uint32_t offset = ext4_random(fs) % fs->group_count;

    *start = ext4_group_of_inode(fs, parent);
    if (!directory || parent != EXT4_INODE_ROOT) {
        return EXT4_OK;
    }
    for (uint32_t i = 0; i < fs->group_count; i++) {
        struct ext4_group group;

        TRY(ext4_group_load(fs, (uint32_t)(((uint64_t)offset + i) % fs->group_count), &group));
        if (group.free_inodes > 0 && group.free_inodes >= average && group.free_blocks > best) {
            best = group.free_blocks;
            *start = group.number;
        }
    }
    return EXT4_OK;
}

static enum ext4_status take_number(struct ext4_handle *handle, struct ext4_group *group,
                                    bool directory, uint32_t *number)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t bit = group->number == 0 ? fs->first_inode - 1 : 0, used;
    struct ext4_buf *buf;

    TRY(init_inode_bitmap(handle, group));
    TRY(ext4_touch(handle, group->inode_bitmap, EXT4_KIND_INODE_BITMAP, group->number, &buf));
    while (bit < fs->inodes_per_group && ext4_bit(buf->data, bit)) {
        bit += bit % 8 == 0 && byte_is_full(buf, bit) ? 8 : 1;
    }
    if (bit >= fs->inodes_per_group || fs->free_inodes == 0) {
        return ext4_corrupt(fs, "group %u: %u inodes counted as free, none is in the bitmap",
                            group->number, group->free_inodes);
    }
    ext4_bit_set(buf->data, bit);
    group->free_inodes--;
    fs->free_inodes--;
    group->directories += directory;
    used = fs->inodes_per_group - group->unused_inodes;
    if (bit >= used) {
        group->unused_inodes = fs->inodes_per_group - bit - 1;
    }
    *number = group->number * fs->inodes_per_group + bit + 1;
    return store_with(handle, group, buf, EXT4_KIND_INODE_BITMAP);
}

enum ext4_status ext4_number_alloc(struct ext4_handle *handle, uint32_t parent, bool directory,
                                   uint32_t *number)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t start;

    TRY(choose_start(fs, parent, directory, &start));
    for (uint32_t i = 0; i < fs->group_count; i++) {
        struct ext4_group group;

        TRY(ext4_group_load(fs, (uint32_t)(((uint64_t)start + i) % fs->group_count), &group));
        if (group.free_inodes > 0) {
            return take_number(handle, &group, directory, number);
        }
    }
    return EXT4_NO_SPACE;
}

enum ext4_status ext4_number_free(struct ext4_handle *handle, uint32_t number, bool directory)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t bit = (number - 1) % fs->inodes_per_group;
    struct ext4_group group;
    struct ext4_buf *buf;

    TRY(ext4_group_load(fs, ext4_group_of_inode(fs, number), &group));
    TRY(ext4_touch(handle, group.inode_bitmap, EXT4_KIND_INODE_BITMAP, group.number, &buf));
    if (!ext4_bit(buf->data, bit) || (directory && group.directories == 0)) {
        return ext4_corrupt(fs, "inode %u is freed, but was free", number);
    }
    ext4_bit_clear(buf->data, bit);
    group.free_inodes++;
    fs->free_inodes++;
    group.directories -= directory;
    return store_with(handle, &group, buf, EXT4_KIND_INODE_BITMAP);
}

enum ext4_status ext4_number_used(struct ext4_fs *fs, uint32_t number, bool *used)
{
    struct ext4_group group;
    struct ext4_buf *buf;

    *used = false;
    TRY(ext4_group_load(fs, ext4_group_of_inode(fs, number), &group));
    if (group.flags & EXT4_GROUP_INODE_UNINIT) {
        return EXT4_OK;
    }
    TRY(ext4_buf_read(fs, group.inode_bitmap, EXT4_KIND_INODE_BITMAP, group.number, &buf));
    *used = ext4_bit(buf->data, (number - 1) % fs->inodes_per_group);
    ext4_buf_put(fs, buf);
    return EXT4_OK;
}
