// SPDX-License-Identifier: BSD-2-Clause
/* ext4.fdatasync: commits when the data could not be found without, and only then. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, BYTES = 8 * BLOCK, PIECES = 60 };

static uint8_t content[BYTES];

/* Writes, syncs, and tells by the number of the next transaction whether that was a commit. */
static bool commits(struct rig *rig, struct ext4_inode *inode,
                    enum ext4_status (*sync)(struct ext4_inode *inode))
{
    struct ext4_journal_state before, after;

    CHECK(ext4_journal_state(rig->fs, &before));
    CHECK_OK(sync(inode));
    CHECK(ext4_journal_state(rig->fs, &after));
    return after.sequence != before.sequence;
}

static void write_at(struct ext4_inode *inode, uint64_t offset, uint8_t value)
{
    size_t done;

    memset(content, value, sizeof(content));
    CHECK_OK(ext4_write(inode, offset, content, sizeof(content), &done));
    CHECK(done == sizeof(content));
}

/* What was synced must be there after a crash. */
static void check_after_crash(struct rig *rig, uint64_t offset, uint8_t value)
{
    static uint8_t found[BYTES];
    size_t done;

    rig_crash(rig);
    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_read(rig, "/file", offset, found, sizeof(found), &done));
    CHECK(done == sizeof(found));
    for (size_t i = 0; i < done; i++) {
        if (found[i] != value) {
            CHECK(!"the content that was synced");
            return;
        }
    }
}

static struct ext4_inode *begin(struct rig *rig, const char *format)
{
    struct ext4_inode *inode;

    rig_make(rig, 16, format);
    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_create(rig, "/file"));
    CHECK_OK(rig_walk(rig, "/file", &inode));
    return inode;
}

static void end(struct rig *rig)
{
    CHECK_OK(rig_unmount(rig));
    CHECK(rig_is_sound(rig));
    rig_free(rig);
}

static void test_only_times(const char *format)
{
    struct ext4_attributes attributes = {.mode = 0600};
    struct rig rig;
    struct ext4_inode *inode = begin(&rig, format);
    unsigned long writes, flushes;

    write_at(inode, 0, 1);
    CHECK(commits(&rig, inode, ext4_fdatasync)); /* a new file */
    write_at(inode, 0, 2);
    writes = rig.writes;
    flushes = rig.flushes;
    CHECK(!commits(&rig, inode, ext4_fdatasync));
    CHECK(rig.writes == writes + 1 && rig.flushes == flushes + 1);
    CHECK(!commits(&rig, inode, ext4_fdatasync));
    CHECK(rig.writes == writes + 1 && rig.flushes == flushes + 1); /* nothing left to do */
    CHECK_OK(ext4_set_attributes(inode, EXT4_SET_MODE, &attributes));
    CHECK_OK(ext4_xattr_set(inode, "user.x", 6, "y", 1, EXT4_XATTR_ANY));
    CHECK(!commits(&rig, inode, ext4_fdatasync));
    CHECK(commits(&rig, inode, ext4_fsync)); /* the times, the mode, the attribute */
    write_at(inode, 0, 3);
    CHECK(!commits(&rig, inode, ext4_fdatasync));
    ext4_inode_put(inode);
    check_after_crash(&rig, 0, 3);
    end(&rig);
}

static void test_size_and_map(const char *format)
{
    struct rig rig;
    struct ext4_inode *inode = begin(&rig, format);

    write_at(inode, 0, 1);
    CHECK_OK(ext4_fsync(inode));
    write_at(inode, BYTES, 2); /* longer */
    CHECK(commits(&rig, inode, ext4_fdatasync));
    CHECK_OK(ext4_truncate(inode, 50 * BYTES));
    CHECK(commits(&rig, inode, ext4_fdatasync));
    write_at(inode, 20 * BYTES, 3); /* into a hole */
    CHECK(commits(&rig, inode, ext4_fdatasync));
    CHECK_OK(ext4_allocate(inode, EXT4_PUNCH_HOLE, BYTES, BYTES));
    CHECK(commits(&rig, inode, ext4_fdatasync));
    CHECK_OK(ext4_truncate(inode, 21 * BYTES));
    CHECK(commits(&rig, inode, ext4_fdatasync));
    ext4_inode_put(inode);
    check_after_crash(&rig, 20 * BYTES, 3);
    end(&rig);
}

/* Room ahead in so many pieces that the tree has nodes beside the inode: what a write changes there
 * changes nothing in the inode but times. */
static void test_room_ahead(void)
{
    struct rig rig;
    struct ext4_inode *inode = begin(&rig, "-b 1024");

    CHECK_OK(ext4_truncate(inode, PIECES * 2 * BYTES));
    for (uint64_t i = 0; i < PIECES; i++) {
        CHECK_OK(ext4_allocate(inode, EXT4_ALLOCATE_KEEP_SIZE, i * 2 * BYTES, BYTES));
    }
    CHECK(commits(&rig, inode, ext4_fdatasync));
    write_at(inode, 40 * BYTES, 4);
    CHECK(commits(&rig, inode, ext4_fdatasync));
    write_at(inode, 40 * BYTES, 5);
    CHECK(!commits(&rig, inode, ext4_fdatasync));
    ext4_inode_put(inode);
    check_after_crash(&rig, 40 * BYTES, 5);
    end(&rig);
}

/* A change that fails does not make the next sync a commit, and does not hide one that is due. */
static void test_after_a_failure(void)
{
    struct rig rig;
    struct ext4_inode *inode = begin(&rig, "-b 1024");

    write_at(inode, 0, 1);
    CHECK_OK(ext4_fsync(inode));
    write_at(inode, BYTES, 2);
    CHECK_STATUS(EXT4_TOO_BIG, ext4_truncate(inode, (uint64_t)1 << 50));
    CHECK(commits(&rig, inode, ext4_fdatasync));
    ext4_inode_put(inode);
    check_after_crash(&rig, BYTES, 2);
    end(&rig);
}

/* Forgotten and read again before the commit. */
static void test_evicted(void)
{
    struct rig rig;
    struct ext4_inode *inode = begin(&rig, "-b 1024");
    char path[32];

    CHECK_OK(ext4_fsync(inode));
    write_at(inode, 0, 6);
    ext4_inode_put(inode);
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof(path), "/other%d", i);
        CHECK_OK(rig_create(&rig, path));
    }
    CHECK_OK(rig_walk(&rig, "/file", &inode));
    CHECK_OK(ext4_fdatasync(inode));
    ext4_inode_put(inode);
    check_after_crash(&rig, 0, 6);
    end(&rig);
}

/* Data that goes through the journal is durable with the commit only. */
static void test_data_in_the_journal(void)
{
    struct ext4_inode *inode;
    struct rig rig;

    rig_make(&rig, 16, "-b 1024");
    rig.config.data_mode = EXT4_DATA_JOURNAL;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/file"));
    CHECK_OK(rig_walk(&rig, "/file", &inode));
    write_at(inode, 0, 1);
    CHECK_OK(ext4_fsync(inode));
    write_at(inode, 0, 2);
    CHECK(commits(&rig, inode, ext4_fdatasync));
    ext4_inode_put(inode);
    check_after_crash(&rig, 0, 2);
    end(&rig);
}

int main(void)
{
    test_only_times("-b 1024");
    test_only_times("-t ext3 -b 1024");
    test_size_and_map("-b 1024");
    test_size_and_map("-t ext3 -b 1024");
    test_room_ahead();
    test_after_a_failure();
    test_evicted();
    test_data_in_the_journal();
    return rig_failures ? 1 : 0;
}
