// SPDX-License-Identifier: BSD-2-Clause
/* What groups say is in use, against what was found to be. */
#include "check.h"
#include "fs.h"
#include "group.h"
#include "super.h"

#include <tiny/string.h>

enum { OWN_RANGES = 4 };

struct range {
    uint64_t first, count;
};

static void own_ranges(struct ext4_fs *fs, const struct ext4_group *group,
                       struct range ranges[OWN_RANGES])
{
    ranges[0] = (struct range){ext4_group_first_block(fs, group->number),
                               ext4_group_head_blocks(fs, group->number)};
    ranges[1] = (struct range){group->block_bitmap, 1};
    ranges[2] = (struct range){group->inode_bitmap, 1};
    ranges[3] = (struct range){group->inode_table, ext4_inode_table_blocks(fs)};
}

static uint32_t units_per_group(const struct ext4_fs *fs)
{
    return fs->blocks_per_group >> fs->cluster_shift;
}

static uint32_t unit_of(const struct ext4_fs *fs, uint64_t block)
{
    return (uint32_t)((block - fs->first_data_block) >> fs->cluster_shift);
}

/* Clusters are shared by what lies side by side. */
static void claim_own(struct ext4_check *check, uint32_t number, struct range range)
{
    struct ext4_fs *fs = check->fs;

    for (uint64_t block = range.first; block < range.first + range.count; block++) {
        uint32_t unit = unit_of(fs, block);

        if (block >= fs->block_count ||
            (ext4_bit(check->claimed, unit) && fs->cluster_shift == 0)) {
            ext4_check_found(
                check, "group %u: its own block %llu %s", number, (unsigned long long)block,
                block >= fs->block_count ? "is beyond the end" : "belongs to something else, too");
            return;
        }
        ext4_bit_set(check->claimed, unit);
    }
}

enum ext4_status ext4_check_own_blocks(struct ext4_check *check)
{
    struct range ranges[OWN_RANGES];

    for (uint32_t number = 0; number < check->fs->group_count; number++) {
        struct ext4_group group;
        enum ext4_status status = ext4_group_load(check->fs, number, &group);

        TRY(ext4_check_excuse(check, status));
        if (status == EXT4_OK) {
            own_ranges(check->fs, &group, ranges);
            for (int i = 0; i < OWN_RANGES; i++) {
                claim_own(check, number, ranges[i]);
            }
        }
    }
    return EXT4_OK;
}

/* ---- comparing ----------------------------------------------------------- */

struct comparison {
    struct ext4_check *check;
    uint32_t group;
    const char *what;
    uint64_t number; /* of bit 0 */
    uint32_t step;   /* from the number of a bit to that of the next */
    /* A run of bits that are wrong in the same way. */
    uint32_t first, count;
    bool in_use;
};

static void say_run(struct comparison *comparison)
{
    if (comparison->count > 0) {
        ext4_check_found(
            comparison->check, "group %u: %u %s from %llu on are %s in the bitmap, but %s",
            comparison->group, comparison->count, comparison->what,
            (unsigned long long)(comparison->number +
                                 (uint64_t)comparison->first * comparison->step),
            comparison->in_use ? "free" : "in use", comparison->in_use ? "in use" : "free");
    }
    comparison->count = 0;
}

static void compare_bit(struct comparison *comparison, uint32_t bit, bool said, bool found)
{
    if (said == found) {
        say_run(comparison);
        return;
    }
    if (comparison->count > 0 && comparison->in_use != found) {
        say_run(comparison);
    }
    if (comparison->count++ == 0) {
        comparison->first = bit;
        comparison->in_use = found;
    }
}

/* What is beyond the end counts as in use. */
static void check_padding(struct ext4_check *check, uint32_t group, const char *what,
                          const uint8_t *map, uint32_t count)
{
    for (uint32_t bit = count; bit < check->fs->block_bytes * 8; bit++) {
        if (!ext4_bit(map, bit)) {
            ext4_check_found(check, "group %u: the %s bitmap has a free bit %u beyond the end %u",
                             group, what, bit, count);
            return;
        }
    }
}

/* ---- blocks -------------------------------------------------------------- */

static uint32_t count_units(const struct ext4_check *check, uint32_t number)
{
    uint64_t first = (uint64_t)number * units_per_group(check->fs);

    return (uint32_t)ext4_min(units_per_group(check->fs), check->unit_count - first);
}

/* A bitmap that is not on the disk says that only the group's own blocks are in use. */
static void build_bitmap(struct ext4_fs *fs, const struct ext4_group *group, uint8_t *map)
{
    uint32_t base = group->number * units_per_group(fs), end = base + units_per_group(fs);
    struct range ranges[OWN_RANGES];

    memset(map, 0, fs->block_bytes);
    own_ranges(fs, group, ranges);
    for (int i = 0; i < OWN_RANGES; i++) {
        for (uint64_t block = ranges[i].first; block < ranges[i].first + ranges[i].count; block++) {
            uint32_t unit = unit_of(fs, block);

            if (unit >= base && unit < end) {
                ext4_bit_set(map, unit - base);
            }
        }
    }
}

static void compare_blocks(struct ext4_check *check, const struct ext4_group *group,
                           const uint8_t *map)
{
    struct ext4_fs *fs = check->fs;
    uint32_t base = group->number * units_per_group(fs), count = count_units(check, group->number);
    struct comparison comparison = {.check = check,
                                    .group = group->number,
                                    .what = fs->cluster_shift ? "clusters" : "blocks",
                                    .number = ext4_group_first_block(fs, group->number),
                                    .step = 1u << fs->cluster_shift};

    for (uint32_t i = 0; i < count; i++) {
        compare_bit(&comparison, i, ext4_bit(map, i), ext4_bit(check->claimed, base + i));
    }
    say_run(&comparison);
}

static enum ext4_status check_block_bitmap(struct ext4_check *check, const struct ext4_group *group)
{
    struct ext4_fs *fs = check->fs;
    struct ext4_buf *buf;

    if (group->flags & EXT4_GROUP_BLOCK_UNINIT) {
        TRY(ext4_frame_take(fs, &buf));
        build_bitmap(fs, group, buf->data);
        compare_blocks(check, group, buf->data);
        ext4_frame_give(fs, buf);
        return EXT4_OK;
    }
    TRY(ext4_buf_read(fs, group->block_bitmap, EXT4_KIND_BLOCK_BITMAP, group->number, &buf));
    compare_blocks(check, group, buf->data);
    check_padding(check, group->number, "block", buf->data, count_units(check, group->number));
    ext4_buf_put(fs, buf);
    return EXT4_OK;
}

static uint32_t free_units(const struct ext4_check *check, uint32_t number)
{
    uint32_t base = number * units_per_group(check->fs), count = count_units(check, number);
    uint32_t free = 0;

    for (uint32_t i = 0; i < count; i++) {
        free += !ext4_bit(check->claimed, base + i);
    }
    return free;
}

/* ---- inodes -------------------------------------------------------------- */

static bool inode_in_use(const struct ext4_check *check, uint32_t number)
{
    return number < check->fs->first_inode || check->facts[number] & EXT4_CHECK_USED;
}

static void compare_inodes(struct ext4_check *check, const struct ext4_group *group,
                           const uint8_t *map)
{
    uint32_t first = group->number * check->fs->inodes_per_group + 1;
    struct comparison comparison = {
        .check = check, .group = group->number, .what = "inodes", .number = first, .step = 1};

    for (uint32_t i = 0; i < check->fs->inodes_per_group; i++) {
        compare_bit(&comparison, i, ext4_bit(map, i), inode_in_use(check, first + i));
    }
    say_run(&comparison);
}

static enum ext4_status check_inode_bitmap(struct ext4_check *check, const struct ext4_group *group)
{
    struct ext4_fs *fs = check->fs;
    struct ext4_buf *buf;

    if (group->flags & EXT4_GROUP_INODE_UNINIT) {
        return EXT4_OK; /* none is in use, and nobody looked at the table */
    }
    TRY(ext4_buf_read(fs, group->inode_bitmap, EXT4_KIND_INODE_BITMAP, group->number, &buf));
    compare_inodes(check, group, buf->data);
    check_padding(check, group->number, "inode", buf->data, fs->inodes_per_group);
    ext4_buf_put(fs, buf);
    return EXT4_OK;
}

/* ---- counters ------------------------------------------------------------ */

static void check_count(struct ext4_check *check, uint32_t group, const char *what, uint32_t said,
                        uint32_t found)
{
    if (said != found) {
        ext4_check_found(check, "group %u: counts %u %s, expected %u", group, said, what, found);
    }
}

static void count_inodes(const struct ext4_check *check, uint32_t group, uint32_t *free,
                         uint32_t *directories)
{
    uint32_t first = group * check->fs->inodes_per_group + 1;

    *free = *directories = 0;
    for (uint32_t number = first; number < first + check->fs->inodes_per_group; number++) {
        uint8_t facts = check->facts[number];

        *free += !inode_in_use(check, number);
        *directories += facts & EXT4_CHECK_USED && (facts & EXT4_CHECK_TYPE) == EXT4_TYPE_DIRECTORY;
    }
}

struct totals {
    uint64_t blocks;
    uint32_t inodes;
};

static enum ext4_status check_group(struct ext4_check *check, uint32_t number,
                                    struct totals *totals)
{
    struct ext4_group group;
    uint32_t blocks = free_units(check, number), inodes, directories;

    count_inodes(check, number, &inodes, &directories);
    totals->blocks += blocks;
    totals->inodes += inodes;
    TRY(ext4_group_load(check->fs, number, &group));
    check_count(check, number, check->fs->cluster_shift ? "free clusters" : "free blocks",
                group.free_blocks, blocks);
    check_count(check, number, "free inodes", group.free_inodes, inodes);
    check_count(check, number, "directories", group.directories, directories);
    check_count(check, number, "flags or unused inodes", group.stray, 0);
    TRY(ext4_check_excuse(check, check_block_bitmap(check, &group)));
    return check_inode_bitmap(check, &group);
}

/* Between mount and unmount only the groups count. */
static void check_totals(struct ext4_check *check, const struct totals *totals)
{
    struct ext4_fs *fs = check->fs;

    if (fs->journal.replayed) {
        return;
    }
    if (fs->free_blocks != totals->blocks) {
        ext4_check_found(check, "superblock: counts %llu free blocks, expected %llu",
                         (unsigned long long)(fs->free_blocks << fs->cluster_shift),
                         (unsigned long long)(totals->blocks << fs->cluster_shift));
    }
    if (fs->free_inodes != totals->inodes) {
        ext4_check_found(check, "superblock: counts %u free inodes, expected %u", fs->free_inodes,
                         totals->inodes);
    }
}

enum ext4_status ext4_check_groups(struct ext4_check *check)
{
    struct totals totals = {0, 0};

    for (uint32_t number = 0; number < check->fs->group_count; number++) {
        TRY(ext4_check_excuse(check, check_group(check, number, &totals)));
    }
    check_totals(check, &totals);
    return EXT4_OK;
}
