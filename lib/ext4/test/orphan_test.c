// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.orphan: what is in use without a name, or half cut off, when the power goes: we finish it,
 * e2fsck does so by itself, and we finish what others have left; in the list, in the orphan file,
 * or both.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

/* An orphan file of two blocks of 1 KiB has 508 slots. */
enum { MANY = 600, BLOCK_BYTES = 1024 };

static const char *const formats[] = {
    "-b 1024 -N 2048",
    "-b 1024 -N 2048 -O orphan_file -E orphan_file_size=2",
    "-b 1024 -N 2048 -O orphan_file,^metadata_csum -E orphan_file_size=2",
    "-t ext3 -b 1024 -N 2048 -O orphan_file -E orphan_file_size=2",
};

static struct ext4_inode *opened[MANY];

static bool says(struct rig *rig, const char *command, const char *text)
{
    char *said = rig_debugfs(rig, command);
    bool found = strstr(said, text);

    free(said);
    return found;
}

static void begin(struct rig *rig, const char *format, struct ext4_statfs *before)
{
    rig_make(rig, 8, format);
    rig->config.inode_count = MANY + 20;
    CHECK_OK(rig_mount(rig));
    ext4_statfs(rig->fs, before);
}

static void open_and_unlink(struct rig *rig, unsigned count)
{
    char path[32];

    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "/f%u", i);
        CHECK_OK(rig_create(rig, path));
        CHECK_OK(rig_write(rig, path, 0, path, sizeof(path)));
        CHECK_OK(rig_walk(rig, path, &opened[i]));
        CHECK_OK(rig_unlink(rig, path));
    }
}

static void check_free(struct rig *rig, const struct ext4_statfs *before)
{
    struct ext4_statfs after;

    ext4_statfs(rig->fs, &after);
    CHECK(after.free_blocks == before->free_blocks && after.free_inodes == before->free_inodes);
}

static void check_finished(struct rig *rig, const struct ext4_statfs *before)
{
    CHECK_OK(rig_mount(rig));
    check_free(rig, before);
    CHECK_OK(rig_unmount(rig));
    CHECK(rig_is_sound(rig));
}

/* As a crash leaves it, and after an unmount. */
static void test_present(const char *format)
{
    bool file = strstr(format, "orphan_file");
    struct rig rig;

    rig_make(&rig, 8, format);
    CHECK_OK(rig_mount(&rig));
    CHECK(says(&rig, "features", "orphan_present") == file);
    open_and_unlink(&rig, 1);
    ext4_inode_put(opened[0]);
    CHECK_OK(rig_unmount(&rig));
    CHECK(!says(&rig, "features", "orphan_present"));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* Whether the list has entries, once the journal is replayed. */
static void check_list(const struct rig *rig, bool expected)
{
    struct rig copy;

    rig_copy(&copy, rig);
    CHECK(says(&copy, "journal_run\nshow_super_stats -h", "First orphan inode:") == expected);
    rig_free(&copy);
}

/* `count` orphans are on the disk when the power goes. */
static void test_crash(const char *format, unsigned count, bool by_others)
{
    struct ext4_statfs before;
    struct rig rig;

    begin(&rig, format, &before);
    open_and_unlink(&rig, count);
    CHECK_OK(ext4_sync(rig.fs));
    rig_crash(&rig);
    check_list(&rig, count == MANY || !strstr(format, "orphan_file"));
    if (by_others) {
        rig_repair(&rig);
        CHECK(rig_is_sound(&rig));
    }
    check_finished(&rig, &before);
    CHECK(by_others == !strstr(rig.log, "orphans finished"));
    rig_free(&rig);
}

/* Slots that were taken, given back and taken again. */
static void test_reuse(const char *format)
{
    struct ext4_statfs before;
    struct rig rig;

    begin(&rig, format, &before);
    open_and_unlink(&rig, MANY);
    for (unsigned i = 0; i < MANY; i += 2) {
        ext4_inode_put(opened[i]);
    }
    open_and_unlink(&rig, 1);
    ext4_inode_put(opened[0]);
    for (unsigned i = 1; i < MANY; i += 2) {
        ext4_inode_put(opened[i]);
    }
    check_free(&rig, &before);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* Of the orphan file. */
static uint8_t *first_block(struct rig *rig)
{
    char *said = rig_debugfs(rig, "blocks <12>"), *place = strstr(said, "blocks <12>\n");
    size_t block = place ? strtoul(place + strlen("blocks <12>\n"), NULL, 10) : 0;

    CHECK(block > 0);
    free(said);
    return rig->bytes + block * BLOCK_BYTES;
}

/* A slot that somebody else has filled. */
static void test_of_others(void)
{
    struct rig rig;

    rig_make(&rig, 8, "-b 1024 -O orphan_file,^metadata_csum");
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_write(&rig, "/f", 0, formats, sizeof(formats)));
    CHECK_OK(rig_unmount(&rig));
    first_block(&rig)[BLOCK_BYTES - 12] = 13; /* the last slot */
    free(rig_debugfs(&rig, "unlink f\nsif <13> links_count 0\nfeature orphan_present"));
    CHECK_OK(rig_mount(&rig));
    CHECK(strstr(rig.log, "1 orphans finished") != NULL);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    CHECK(says(&rig, "testi <13>", "is not in use"));
    rig_free(&rig);
}

static void expect_damaged(const char *format, size_t at, uint8_t value, const char *message)
{
    struct rig rig;

    rig_make(&rig, 8, format);
    first_block(&rig)[at] = value;
    free(rig_debugfs(&rig, "feature orphan_present"));
    CHECK_STATUS(EXT4_CORRUPT, rig_mount(&rig));
    if (!strstr(rig.log, message)) {
        fprintf(stderr, "expected '%s', got: %s\n", message, rig.log);
        rig_failures++;
    }
    rig_free(&rig);
}

/* The file itself, an inode that is free, no inode at all, a tail that is none; a checksum. */
static void test_damage(void)
{
    const char *plain = "-b 1024 -O orphan_file,^metadata_csum";

    expect_damaged(plain, 40, 12, "inode 12 is among the orphans");
    expect_damaged(plain, 40, 99, "inode 99 is among the orphans, and free");
    expect_damaged(plain, 43, 99, "is among the orphans");
    expect_damaged(plain, BLOCK_BYTES - 8, 99, "magic 0x0b10ca63, expected 0x0b10ca04");
    expect_damaged("-b 1024 -O orphan_file", 40, 11, "orphan block checksum");
}

/* ---- what failed in the middle ------------------------------------------- */

/* Every other block, so that there are many extents and a truncation takes more than one handle. */
static void make_holes(struct rig *rig)
{
    for (uint64_t at = 0; at < 10000; at += 2) {
        CHECK_OK(rig_write(rig, "/f", at * BLOCK_BYTES, "x", 1));
    }
}

/* Truncates with a cold cache and the nth read failing; true if that left an orphan. */
static bool fail_truncation(struct rig *rig, unsigned long n)
{
    struct ext4_inode *inode;
    enum ext4_status status;

    CHECK_OK(rig_walk(rig, "/f", &inode));
    rig->fail_read = n;
    status = ext4_truncate(inode, 500);
    rig->fail_read = 0;
    ext4_inode_put(inode);
    CHECK(status == EXT4_OK || status == EXT4_IO);
    return status == EXT4_IO;
}

/* Other inodes take its place in memory. */
static void forget_inodes(struct rig *rig)
{
    char path[32];

    for (unsigned i = 0; i < 100; i++) {
        snprintf(path, sizeof(path), "/other%u", i);
        CHECK_OK(rig_create(rig, path));
    }
}

/* True if the nth read failed. */
static bool try_again(const struct rig *full, unsigned long n, bool forget, bool remove)
{
    struct rig rig;
    bool failed;

    rig_copy(&rig, full);
    CHECK_OK(rig_mount(&rig));
    failed = fail_truncation(&rig, n);
    CHECK_OK(rig_unlink(&rig, "/g"));
    if (forget) {
        forget_inodes(&rig);
    }
    CHECK_OK(remove ? rig_unlink(&rig, "/f") : rig_truncate(&rig, "/f", 100));
    CHECK_OK(rig_unmount(&rig));
    if (forget) { /* what is still an orphan is finished */
        CHECK_OK(rig_mount(&rig));
        CHECK_OK(rig_unmount(&rig));
    }
    CHECK(rig_is_sound(&rig));
    CHECK(!says(&rig, "show_super_stats -h", "First orphan inode:"));
    rig_free(&rig);
    return failed;
}

static void test_again(const char *format)
{
    unsigned failed = 0;
    struct rig full;

    rig_make(&full, 16, format);
    CHECK_OK(rig_mount(&full));
    CHECK_OK(rig_create(&full, "/f"));
    CHECK_OK(rig_create(&full, "/g"));
    make_holes(&full);
    CHECK_OK(rig_unmount(&full));
    for (unsigned long n = 1; try_again(&full, n, n & 1, n & 2); n += 3) {
        failed++;
    }
    fprintf(stderr, "%s: %u reads of a truncation failed\n", format, failed);
    CHECK(failed > 8);
    rig_free(&full);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        fprintf(stderr, "%s\n", formats[i]);
        test_present(formats[i]);
        test_crash(formats[i], 1, false);
        test_crash(formats[i], 1, true);
        test_crash(formats[i], MANY, false);
        test_crash(formats[i], MANY, true);
        test_reuse(formats[i]);
    }
    test_of_others();
    test_damage();
    test_again("-b 1024");
    test_again("-b 1024 -O orphan_file");
    return rig_failures ? 1 : 0;
}
