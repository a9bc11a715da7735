// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include "fs.h"

#include <stdarg.h>
#include <tiny/printf.h>
#include <tiny/string.h>

enum { TEXT_BYTES = 256 };

void ext4_check_found(struct ext4_check *check, const char *format, ...)
{
    char text[TEXT_BYTES];
    enum ext4_status status;
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    status = ext4_corrupt(check->fs, "%s", text);
    (void)status;
}

enum ext4_status ext4_check_excuse(struct ext4_check *check, enum ext4_status status)
{
    if (status == EXT4_IO) {
        ext4_check_found(check, "a block cannot be read");
        return EXT4_OK;
    }
    return status == EXT4_CORRUPT ? EXT4_OK : status;
}

/* ---- claims -------------------------------------------------------------- */

/* Says it once for blocks that follow each other. */
static void say_claimed(struct ext4_check *check, uint32_t number, uint64_t first, uint64_t count)
{
    struct ext4_fs *fs = check->fs;
    uint64_t block = (first << fs->cluster_shift) + fs->first_data_block;

    if (count > 0 && number == 0) {
        ext4_check_found(check, "attribute block %llu belongs to something else, too",
                         (unsigned long long)block);
    } else if (count > 0) {
        ext4_check_found(check, "inode %u: %llu blocks from %llu on belong to something else, too",
                         number, (unsigned long long)(count << fs->cluster_shift),
                         (unsigned long long)block);
    }
}

/* The caller has checked that the blocks exist. */
bool ext4_check_claim(struct ext4_check *check, uint32_t number, uint64_t first, uint64_t count)
{
    struct ext4_fs *fs = check->fs;
    uint64_t unit = (first - fs->first_data_block) >> fs->cluster_shift, twice = 0;
    uint64_t last = (first + count - 1 - fs->first_data_block) >> fs->cluster_shift;
    bool alone = true;

    for (; unit <= last; unit++) {
        ext4_assert(unit < check->unit_count);
        if (ext4_bit(check->claimed, (uint32_t)unit)) {
            twice++;
            alone = false;
            continue;
        }
        ext4_bit_set(check->claimed, (uint32_t)unit);
        say_claimed(check, number, unit - twice, twice);
        twice = 0;
    }
    say_claimed(check, number, unit - twice, twice);
    return alone;
}

/* ---- all of it ----------------------------------------------------------- */

static size_t claimed_bytes(const struct ext4_check *check)
{
    return (size_t)(check->unit_count / 8 + 1);
}

static void free_tables(struct ext4_check *check)
{
    struct ext4_fs *fs = check->fs;
    size_t inodes = (size_t)fs->inode_count + 1;

    ext4_free(fs, check->claimed, claimed_bytes(check));
    ext4_free(fs, check->facts, inodes);
    ext4_free(fs, check->names, inodes * sizeof(*check->names));
    ext4_free(fs, check->parents, inodes * sizeof(*check->parents));
    ext4_free(fs, check->xattr_blocks, check->xattr_room * sizeof(*check->xattr_blocks));
}

static enum ext4_status make_tables(struct ext4_check *check)
{
    struct ext4_fs *fs = check->fs;
    size_t inodes = (size_t)fs->inode_count + 1;

    check->claimed = ext4_alloc(fs, claimed_bytes(check));
    check->facts = ext4_alloc(fs, inodes);
    check->names = ext4_alloc(fs, inodes * sizeof(*check->names));
    check->parents = ext4_alloc(fs, inodes * sizeof(*check->parents));
    if (!check->claimed || !check->facts || !check->names || !check->parents) {
        return EXT4_NO_MEMORY;
    }
    memset(check->claimed, 0, claimed_bytes(check));
    memset(check->facts, 0, inodes);
    memset(check->names, 0, inodes * sizeof(*check->names));
    memset(check->parents, 0, inodes * sizeof(*check->parents));
    return EXT4_OK;
}

static enum ext4_status run(struct ext4_check *check)
{
    TRY(make_tables(check));
    TRY(ext4_check_own_blocks(check));
    TRY(ext4_check_orphans(check));
    TRY(ext4_check_inodes(check));
    TRY(ext4_check_xattr_blocks(check));
    TRY(ext4_check_directories(check));
    TRY(ext4_check_connections(check));
    return ext4_check_groups(check);
}

enum ext4_status ext4_check(struct ext4_fs *fs, struct ext4_check_result *result)
{
    struct ext4_check check = {
        .fs = fs,
        .result = result,
        .damage_before = fs->errors.count,
        .unit_count = ext4_divide_up(fs->block_count - fs->first_data_block,
                                     (uint64_t)1 << fs->cluster_shift),
    };
    enum ext4_policy policy = fs->config.policy; /* rests, so that all damage is found */
    enum ext4_status status;

    *result = (struct ext4_check_result){0};
    if (ext4_writable(fs)) {
        return EXT4_BUSY;
    }
    if (check.unit_count > UINT32_MAX) {
        ext4_log(fs, "a check of more than 2^32 blocks is not supported");
        return EXT4_UNSUPPORTED;
    }
    fs->config.policy = EXT4_ON_ERROR_CONTINUE;
    status = run(&check);
    fs->config.policy = policy;
    result->problems = fs->errors.count - check.damage_before;
    fs->refused = fs->refused || (result->problems > 0 && policy == EXT4_ON_ERROR_REFUSE);
    free_tables(&check);
    return status;
}
