// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.large: indexes and extent trees of several levels, files beyond 4 GiB, and how many requests
 * the device gets for small operations.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES = 6000, PIECES = 3000, BLOCK = 1024, DEEP_NAMES = 28000 };

static void name_of(char *name, size_t size, int i)
{
    snprintf(name, size, "a name that is somewhat longer %d", i);
}

struct count {
    unsigned seen, wanted;
    uint64_t next;
};

static bool count_entry(void *context, const struct ext4_entry *entry)
{
    struct count *count = context;

    count->next = entry->next;
    count->seen += entry->name[0] != '.';
    return --count->wanted > 0;
}

/* In pieces, while names that were seen already go away. */
static void read_while_removing(struct rig *rig, struct ext4_inode *dir)
{
    struct count count = {0, 0, 0};
    char name[64];
    int removed = 0;

    do {
        count.wanted = 100;
        CHECK_OK(ext4_readdir(dir, count.next, count_entry, &count));
        name_of(name, sizeof(name), removed);
        CHECK_OK(ext4_unlink(dir, name, strlen(name)));
        removed++;
    } while (count.wanted == 0);
    /* Those removed may have been seen or not; all others once. */
    CHECK(count.seen <= NAMES && count.seen >= (unsigned)(NAMES - removed));
    for (int i = removed; i < NAMES; i++) {
        name_of(name, sizeof(name), i);
        CHECK_OK(ext4_unlink(dir, name, strlen(name)));
    }
    CHECK_OK(rig_rmdir(rig, "/many"));
}

static void test_names(const char *format)
{
    struct ext4_inode *dir, *inode;
    struct rig rig;
    char name[64];

    rig_make(&rig, 32, format);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_mkdir(&rig, "/many"));
    CHECK_OK(rig_walk(&rig, "/many", &dir));
    for (int i = 0; i < NAMES; i++) {
        name_of(name, sizeof(name), i);
        CHECK_OK(ext4_create(dir, name, strlen(name), EXT4_MODE_FILE | 0600,
                             (struct ext4_owner){0, 0}, 0, 0, &inode));
        ext4_inode_put(inode);
    }
    for (int i = 0; i < NAMES; i++) {
        name_of(name, sizeof(name), i);
        CHECK_OK(ext4_lookup(dir, name, strlen(name), &inode));
        ext4_inode_put(inode);
    }
    CHECK_OK(ext4_sync(rig.fs));
    ext4_inode_put(dir);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_walk(&rig, "/many", &dir));
    read_while_removing(&rig, dir);
    ext4_inode_put(dir);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static void long_name(char *name, int i)
{
    memset(name, 'n', EXT4_NAME_MAX);
    snprintf(name, EXT4_NAME_MAX + 1, "%d", i);
    name[strlen(name)] = '-';
}

/* Three names to a block and 124 blocks to a node: more than two levels of an index can hold. */
static void test_deep_index(const char *format, bool enough)
{
    char name[EXT4_NAME_MAX + 1] = {0};
    struct ext4_inode *root, *inode, *found;
    enum ext4_status status = EXT4_OK;
    struct rig rig;
    int count = 0;

    rig_make(&rig, 64, format);
    rig.config.cache_bytes = 4 << 20;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(rig_walk(&rig, "/", &root));
    while (count < DEEP_NAMES && status == EXT4_OK) {
        long_name(name, count);
        status = ext4_link(root, name, EXT4_NAME_MAX, inode);
        count += status == EXT4_OK;
    }
    CHECK_STATUS(enough ? EXT4_OK : EXT4_NO_SPACE, status);
    CHECK(count > DEEP_NAMES / 2);
    ext4_inode_put(inode);
    for (int i = 0; i < count; i += 7) {
        long_name(name, i);
        CHECK_OK(ext4_lookup(root, name, EXT4_NAME_MAX, &found));
        ext4_inode_put(found);
    }
    ext4_inode_put(root);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_walk(&rig, "/", &root));
    for (int i = 0; i < count; i++) {
        long_name(name, i);
        CHECK_OK(ext4_unlink(root, name, EXT4_NAME_MAX));
    }
    ext4_inode_put(root);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static void fill_block(uint8_t *block, unsigned i)
{
    memset(block, (int)(i * 11 + 3), BLOCK);
}

static void check_pieces(struct rig *rig, unsigned step)
{
    static uint8_t got[2 * PIECES * BLOCK], expected[BLOCK];
    static const uint8_t zeros[BLOCK];
    size_t done;

    CHECK_OK(rig_read(rig, "/f", 0, got, sizeof(got), &done));
    CHECK(done == (2 * PIECES - 1) * BLOCK);
    for (unsigned i = 0; i < 2 * PIECES - 1; i++) {
        fill_block(expected, i);
        CHECK(memcmp(got + i * BLOCK, i % step ? zeros : expected, BLOCK) == 0);
    }
}

/* Every other block, from the end to the start; then the holes; then every other is punched. */
static void test_pieces(const char *format)
{
    uint8_t block[BLOCK];
    struct ext4_statfs before, after;
    struct ext4_inode *inode;
    struct rig rig;
    size_t done;

    rig_make(&rig, 32, format);
    CHECK_OK(rig_mount(&rig));
    ext4_statfs(rig.fs, &before);
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    for (unsigned i = PIECES; i > 0; i--) {
        fill_block(block, 2 * (i - 1));
        CHECK_OK(ext4_write(inode, (uint64_t)2 * (i - 1) * BLOCK, block, BLOCK, &done));
    }
    check_pieces(&rig, 2);
    for (unsigned i = 1; i < 2 * PIECES - 1; i += 2) {
        fill_block(block, i);
        CHECK_OK(ext4_write(inode, (uint64_t)i * BLOCK, block, BLOCK, &done));
    }
    check_pieces(&rig, 1);
    for (unsigned i = 1; i < 2 * PIECES - 1; i += 2) {
        CHECK_OK(ext4_allocate(inode, EXT4_PUNCH_HOLE, (uint64_t)i * BLOCK, BLOCK));
    }
    check_pieces(&rig, 2);
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    CHECK_OK(rig_mount(&rig));
    check_pieces(&rig, 2);
    CHECK_OK(rig_unlink(&rig, "/f"));
    CHECK_OK(ext4_sync(rig.fs));
    ext4_statfs(rig.fs, &after);
    CHECK(after.free_blocks == before.free_blocks);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static void test_far_offsets(const char *format, uint64_t offset, enum ext4_status expected)
{
    uint8_t got[5];
    struct rig rig;
    size_t done;

    rig_make(&rig, 16, format);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_STATUS(expected, rig_write(&rig, "/f", offset, "hello", 5));
    if (expected == EXT4_OK) {
        CHECK_OK(rig_read(&rig, "/f", offset, got, 5, &done));
        CHECK(done == 5 && memcmp(got, "hello", 5) == 0);
    }
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* A small commit: log and record, one flush. The file's data is one write more. */
static void test_requests(void)
{
    uint8_t block[4096] = {1};
    struct ext4_inode *inode;
    struct rig rig;
    size_t done;

    rig_make(&rig, 32, "-b 4096");
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_fsync(inode));
    for (unsigned i = 0; i < 50; i++) {
        rig.writes = rig.flushes = rig.reads = 0;
        CHECK_OK(ext4_write(inode, (uint64_t)i * sizeof(block), block, sizeof(block), &done));
        CHECK_OK(ext4_fsync(inode));
        CHECK(rig.writes <= 3 && rig.flushes <= 1 && (i == 0 || rig.reads == 0));
        if (rig_failures) {
            fprintf(stderr, "append %u: %lu writes, %lu flushes, %lu reads\n", i, rig.writes,
                    rig.flushes, rig.reads);
            break;
        }
    }
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* A full disk says so, and gives everything back. */
static void test_full(void)
{
    static uint8_t data[100000];
    struct ext4_statfs before, after;
    enum ext4_status status = EXT4_OK;
    struct rig rig;
    unsigned i = 0;

    rig_make(&rig, 8, "-b 1024 -m 0");
    CHECK_OK(rig_mount(&rig));
    ext4_statfs(rig.fs, &before);
    CHECK_OK(rig_create(&rig, "/f"));
    for (; status == EXT4_OK && i < 1000; i++) {
        status = rig_write(&rig, "/f", (uint64_t)i * sizeof(data), data, sizeof(data));
    }
    CHECK(status == EXT4_NO_SPACE);
    ext4_statfs(rig.fs, &after);
    CHECK(after.free_blocks < 5);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_unlink(&rig, "/f"));
    /* Blocks that rest until the commit must be found in need. */
    CHECK_OK(rig_create(&rig, "/g"));
    CHECK_OK(rig_write(&rig, "/g", 0, data, sizeof(data)));
    CHECK_OK(rig_unlink(&rig, "/g"));
    CHECK_OK(ext4_sync(rig.fs));
    ext4_statfs(rig.fs, &after);
    CHECK(after.free_blocks == before.free_blocks);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static unsigned pieces_of(struct ext4_inode *inode)
{
    struct ext4_piece piece;
    uint64_t at = 0, end = 0;
    unsigned pieces = 0;

    for (; ext4_piece_at(inode, at, &piece) == EXT4_OK; at += piece.bytes) {
        pieces += piece.device_offset != end;
        end = piece.device_offset + piece.bytes;
    }
    return pieces;
}

/* Files that grow in turns, a block at a time, do not lie in turns. */
static void test_growing_in_turns(void)
{
    enum { FILES = 8, BLOCKS = 500 };
    static const uint8_t block[1024];
    struct ext4_inode *inodes[FILES];
    char path[16];
    struct rig rig;
    size_t done;

    rig_make(&rig, 32, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        CHECK_OK(rig_create(&rig, path));
        CHECK_OK(rig_walk(&rig, path, &inodes[i]));
    }
    for (uint64_t at = 0; at < BLOCKS; at++) {
        for (int i = 0; i < FILES; i++) {
            CHECK_OK(ext4_write(inodes[i], at * sizeof(block), block, sizeof(block), &done));
        }
    }
    for (int i = 0; i < FILES; i++) {
        CHECK(pieces_of(inodes[i]) <= 6);
        ext4_inode_put(inodes[i]);
    }
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

int main(void)
{
    test_names("-b 1024 -N 8000");
    test_names("-b 1024 -N 8000 -O ^metadata_csum,^has_journal");
    test_deep_index("-b 1024", false);
    test_deep_index("-b 1024 -O large_dir", true);
    test_pieces("-b 1024");
    test_pieces("-t ext3 -b 1024");
    test_far_offsets("-b 1024", (uint64_t)5 << 30, EXT4_OK);
    test_far_offsets("-b 4096", (uint64_t)15 << 40, EXT4_OK);
    test_far_offsets("-b 4096", (uint64_t)17 << 40, EXT4_TOO_BIG);
    test_far_offsets("-t ext3 -b 1024", (uint64_t)10 << 30, EXT4_OK);
    test_far_offsets("-t ext3 -b 1024", (uint64_t)17 << 30, EXT4_TOO_BIG);
    test_requests();
    test_full();
    test_growing_in_turns();
    return rig_failures ? 1 : 0;
}
