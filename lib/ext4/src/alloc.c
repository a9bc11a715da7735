// SPDX-License-Identifier: BSD-2-Clause
#include "alloc.h"

#include "bitmap.h"
#include "bits.h"
#include "fs.h"
#include "group.h"

#include <tiny/string.h>

enum {
    /* How many groups that may have a long run are looked at before a shorter one will do. It
     * bounds the work on a full, fragmented disk. */
    CANDIDATES = 8,
    LARGEST_PART = 2, /* no run need be longer than such a part of a group */
};

static size_t longest_bytes(const struct ext4_fs *fs)
{
    return fs->group_count * sizeof(*fs->longest);
}

enum ext4_status ext4_alloc_init(struct ext4_fs *fs)
{
    fs->longest = ext4_alloc(fs, longest_bytes(fs));
    if (!fs->longest) {
        return EXT4_NO_MEMORY;
    }
    for (uint32_t i = 0; i < fs->group_count; i++) {
        ext4_alloc_look_again(fs, i);
    }
    return EXT4_OK;
}

void ext4_alloc_fini(struct ext4_fs *fs)
{
    ext4_free(fs, fs->longest, longest_bytes(fs));
}

void ext4_alloc_look_again(struct ext4_fs *fs, uint32_t group)
{
    fs->longest[group] = fs->blocks_per_group;
}

/* ---- finding blocks ------------------------------------------------------ */

struct run {
    uint64_t first;
    uint32_t count;
};

/* In use, or freed by a transaction that is not durable yet. */
static struct ext4_bits used_bits(const struct ext4_buf *bitmap)
{
    struct ext4_bits bits = {.maps = {bitmap->data}, .map_count = 1};

    for (int i = 0; i < 2; i++) {
        if (bitmap->shadows[i]) {
            bits.maps[bits.map_count++] = bitmap->shadows[i]->data;
        }
    }
    return bits;
}

/* Where one looks: the bits of one group. */
struct place {
    struct ext4_fs *fs;
    const struct ext4_wish *wish;
    struct ext4_bits bits;
    uint64_t base;
    uint32_t end;     /* bits of the group */
    uint32_t longest; /* that was seen, also if it is kept for others */
};

/* Up to `most` free blocks from one of the free ones on, without those that are kept for others. */
static struct run run_at(struct place *place, uint32_t bit, uint64_t most, uint32_t *next)
{
    uint32_t last = (uint32_t)ext4_min(bit + most, place->end);
    uint32_t stop = ext4_bits_next_set(&place->bits, bit, last);
    uint64_t first = place->base + bit, end = place->base + stop;

    place->longest = (uint32_t)ext4_max(place->longest, stop - bit);
    ext4_window_clip(place->fs, place->wish->owner, &first, &end);
    *next = (uint32_t)(end - place->base);
    return (struct run){first, (uint32_t)(end - first)};
}

/* Long enough, but no longer, for long runs are rare; or as long as can be. */
static bool is_better(uint32_t count, uint32_t best, uint32_t ideal)
{
    return best < ideal ? count > best : count >= ideal && count < best;
}

static struct run search_part(struct place *place, uint32_t from, uint32_t end, uint32_t ideal)
{
    struct run best = {0, 0};

    while (best.count != ideal) {
        struct run run;

        from = ext4_bits_next_clear(&place->bits, from, end);
        if (from >= end) {
            break;
        }
        run = run_at(place, from, place->end, &from);
        if (is_better(run.count, best.count, ideal)) {
            best = run;
        }
    }
    return best;
}

/* Behind the goal first. */
static struct run search(struct place *place, uint32_t ideal)
{
    uint64_t goal = place->wish->goal;
    bool here = goal >= place->base && goal < place->base + place->end;
    uint32_t from = here ? (uint32_t)(goal - place->base) : 0;
    struct run run = search_part(place, from, place->end, ideal);

    return run.count >= ideal || from == 0 ? run : search_part(place, 0, place->end, ideal);
}

/* Gives the group's bitmap, pinned. */
static enum ext4_status enter(struct ext4_handle *handle, struct ext4_group *group,
                              const struct ext4_wish *wish, struct ext4_buf **bitmap,
                              struct place *place)
{
    struct ext4_fs *fs = handle->fs;

    TRY(ext4_block_bitmap_init(handle, group));
    TRY(ext4_buf_read(fs, group->block_bitmap, EXT4_KIND_BLOCK_BITMAP, group->number, bitmap));
    *place = (struct place){.fs = fs,
                            .wish = wish,
                            .bits = used_bits(*bitmap),
                            .base = ext4_group_first_block(fs, group->number),
                            .end = ext4_group_blocks(fs, group->number)};
    return EXT4_OK;
}

/* The best of a group, if it is better than *best. Remembers how long it can be at most. */
static enum ext4_status look_at_group(struct ext4_handle *handle, uint32_t number,
                                      const struct ext4_wish *wish, uint32_t ideal,
                                      struct run *best)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_group group;
    struct ext4_buf *bitmap;
    struct place place;
    struct run run;

    TRY(ext4_group_load(fs, number, &group));
    if (group.free_blocks <= best->count) {
        fs->longest[number] = (uint32_t)ext4_min(fs->longest[number], group.free_blocks);
        return EXT4_OK;
    }
    TRY(enter(handle, &group, wish, &bitmap, &place));
    run = search(&place, ideal);
    ext4_buf_put(fs, bitmap);
    if (run.count < ideal) {
        fs->longest[number] = place.longest;
    }
    if (run.count > best->count) {
        *best = run;
    }
    return EXT4_OK;
}

/* Groups that may have a run that is long enough, from the goal's on. */
static enum ext4_status look_around(struct ext4_handle *handle, const struct ext4_wish *wish,
                                    uint32_t ideal, struct run *best)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t start = ext4_group_of_block(fs, wish->goal), looked = 0;

    for (uint32_t i = 0; i < fs->group_count && best->count < ideal; i++) {
        uint32_t number = (uint32_t)(((uint64_t)start + i) % fs->group_count);

        if (fs->longest[number] < ideal) {
            continue;
        }
        TRY(look_at_group(handle, number, wish, ideal, best));
        if (++looked >= CANDIDATES && best->count > 0) {
            break;
        }
    }
    return EXT4_OK;
}

/* The blocks at the goal, if they can be had: nothing is nearer. */
static enum ext4_status look_at_goal(struct ext4_handle *handle, const struct ext4_wish *wish,
                                     struct run *best)
{
    struct ext4_fs *fs = handle->fs;
    struct ext4_group group;
    struct ext4_buf *bitmap;
    struct place place;
    uint32_t bit, next;

    TRY(ext4_group_load(fs, ext4_group_of_block(fs, wish->goal), &group));
    if (group.free_blocks == 0) {
        return EXT4_OK;
    }
    TRY(enter(handle, &group, wish, &bitmap, &place));
    bit = (uint32_t)(wish->goal - place.base);
    if (ext4_bits_next_clear(&place.bits, bit, bit + 1) == bit) {
        struct run run = run_at(&place, bit, (uint64_t)wish->want + wish->ahead, &next);

        if (run.count > 0 && run.first == wish->goal) {
            *best = run;
        }
    }
    ext4_buf_put(fs, bitmap);
    return EXT4_OK;
}

static uint32_t longest_anywhere(const struct ext4_fs *fs)
{
    uint32_t longest = 0;

    for (uint32_t i = 0; i < fs->group_count; i++) {
        longest = (uint32_t)ext4_max(longest, fs->longest[i]);
    }
    return longest;
}

/* On a disk without long runs: what is thought to be the longest; looking corrects the thought. */
static enum ext4_status look_for_less(struct ext4_handle *handle, const struct ext4_wish *wish,
                                      struct run *best)
{
    for (int i = 0; i < CANDIDATES && best->count == 0; i++) {
        uint32_t ideal = longest_anywhere(handle->fs);

        if (ideal == 0) {
            break;
        }
        TRY(look_around(handle, wish, ideal, best));
    }
    return EXT4_OK;
}

/* Any block will do, also one that is kept for somebody. */
static enum ext4_status look_everywhere(struct ext4_handle *handle, const struct ext4_wish *wish,
                                        struct run *best)
{
    struct ext4_fs *fs = handle->fs;

    ext4_windows_forget(fs);
    for (uint32_t i = 0; i < fs->group_count && best->count == 0; i++) {
        TRY(look_at_group(handle, i, wish, 1, best));
    }
    return best->count > 0 ? EXT4_OK : EXT4_NO_SPACE;
}

static enum ext4_status choose(struct ext4_handle *handle, const struct ext4_wish *wish,
                               struct run *best)
{
    uint32_t ideal = (uint32_t)ext4_min(ext4_max(wish->ideal, wish->want),
                                        handle->fs->blocks_per_group / LARGEST_PART);

    *best = (struct run){0, 0};
    TRY(look_at_goal(handle, wish, best));
    if (best->count == 0) {
        TRY(look_around(handle, wish, ideal, best));
    }
    if (best->count == 0) {
        TRY(look_for_less(handle, wish, best));
    }
    return best->count > 0 ? EXT4_OK : look_everywhere(handle, wish, best);
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

/* Takes blocks that are free; also their count and the group's. */
static enum ext4_status take(struct ext4_handle *handle, uint64_t first, uint32_t count)
{
    struct ext4_fs *fs = handle->fs;
    uint32_t number = ext4_group_of_block(fs, first);
    uint32_t bit = (uint32_t)(first - ext4_group_first_block(fs, number));
    struct ext4_group group;
    struct ext4_buf *buf;

    TRY(ext4_group_load(fs, number, &group));
    if (group.free_blocks < count || fs->free_blocks < count) {
        return ext4_corrupt(fs, "group %u: %u blocks free in the bitmap, %u counted", number, count,
                            group.free_blocks);
    }
    if (is_fixed(fs, &group, first, count)) {
        return ext4_corrupt(fs, "group %u: its own metadata is free in the bitmap", number);
    }
    TRY(ext4_touch(handle, group.block_bitmap, EXT4_KIND_BLOCK_BITMAP, number, &buf));
    ext4_assert(!ext4_bit(buf->data, bit));
    ext4_bits_fill(buf->data, bit, count);
    group.free_blocks -= count;
    fs->free_blocks -= count;
    return ext4_group_store(handle, &group);
}

enum ext4_status ext4_blocks_alloc(struct ext4_handle *handle, struct ext4_wish wish,
                                   uint64_t *first, uint32_t *count)
{
    struct ext4_fs *fs = handle->fs;
    struct run run;

    if (wish.goal < fs->first_data_block || wish.goal >= fs->block_count) {
        wish.goal = fs->first_data_block;
    }
    TRY(choose(handle, &wish, &run));
    *first = run.first;
    *count = (uint32_t)ext4_min(run.count, wish.want);
    TRY(take(handle, *first, *count));
    ext4_window_set(fs, wish.owner, *first + *count,
                    (uint32_t)ext4_min(run.count - *count, wish.ahead));
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
    ext4_bits_fill((*shadow)->data, first, count);
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
    return ext4_group_store(handle, &group);
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
