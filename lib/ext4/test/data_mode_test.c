// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.data_mode: what the three modes promise about data that nobody synced. A file is overwritten
 * in place and another one made; then a third is synced, and the power goes.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 5000 };

static uint8_t old[BYTES], new[BYTES], got[BYTES];

/* What the two unsynced files have after the cut. */
struct outcome {
    bool overwritten; /* the new bytes; otherwise the old ones */
    uint64_t size;    /* of the file that was made */
    bool filled;      /* with what was written to it */
};

static void sync_file(struct rig *rig, const char *path)
{
    struct ext4_inode *inode;

    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(ext4_fsync(inode));
    ext4_inode_put(inode);
}

static struct outcome look(struct rig *rig)
{
    struct outcome outcome;
    size_t done;

    CHECK_OK(rig_read(rig, "/overwritten", 0, got, BYTES, &done));
    outcome.overwritten = done == BYTES && memcmp(got, new, BYTES) == 0;
    CHECK(outcome.overwritten || memcmp(got, old, BYTES) == 0);
    CHECK_OK(rig_read(rig, "/made", 0, got, BYTES, &done));
    outcome.size = done;
    outcome.filled = done == BYTES && memcmp(got, new, BYTES) == 0;
    return outcome;
}

static struct outcome try(const char *format, enum ext4_data_mode mode, const char *debugfs)
{
    struct outcome outcome;
    struct rig rig;
    size_t done;

    rig_make(&rig, 16, format);
    free(rig_debugfs(&rig, debugfs));
    rig.config.data_mode = mode;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/overwritten"));
    CHECK_OK(rig_write(&rig, "/overwritten", 0, old, BYTES));
    CHECK_OK(rig_create(&rig, "/synced"));
    CHECK_OK(ext4_sync(rig.fs));
    CHECK_OK(rig_write(&rig, "/overwritten", 0, new, BYTES));
    CHECK_OK(rig_create(&rig, "/made"));
    CHECK_OK(rig_write(&rig, "/made", 0, new, BYTES));
    CHECK_OK(rig_write(&rig, "/synced", 0, new, BYTES));
    sync_file(&rig, "/synced");
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_read(&rig, "/synced", 0, got, BYTES, &done));
    CHECK(done == BYTES && memcmp(got, new, BYTES) == 0);
    outcome = look(&rig);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
    return outcome;
}

static uint64_t write_and_sync(struct rig *rig, const char *path, const uint8_t *data)
{
    struct ext4_inode *inode;
    struct ext4_piece piece;
    size_t done;

    CHECK_OK(rig_create(rig, path));
    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(ext4_write(inode, 0, data, BYTES, &done));
    CHECK_OK(ext4_fsync(inode));
    CHECK_OK(ext4_piece_at(inode, 0, &piece));
    ext4_inode_put(inode);
    return piece.device_offset;
}

/* A single file's data is journaled, too, if its directory's flags said so. When its blocks have
 * become those of an ordinary file, the replay must not bring back what they had. */
static void test_reuse(void)
{
    uint64_t logged, plain;
    struct rig rig;
    size_t done;

    rig_make(&rig, 16, "-b 1024");
    free(rig_debugfs(&rig, "mkdir logged\nset_inode_field logged flags 0x84000"));
    CHECK_OK(rig_mount(&rig));
    logged = write_and_sync(&rig, "/logged/file", old);
    CHECK_OK(rig_write(&rig, "/logged/file", 0, old, BYTES));
    CHECK_OK(rig_unlink(&rig, "/logged/file"));
    CHECK_OK(ext4_sync(rig.fs));
    plain = write_and_sync(&rig, "/plain", new);
    CHECK(plain == logged);
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_read(&rig, "/plain", 0, got, BYTES, &done));
    CHECK(done == BYTES && memcmp(got, new, BYTES) == 0);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* Journaled data whose blocks become unwritten before the commit, and are written again. */
static void test_unwritten(void)
{
    struct ext4_inode *inode;
    struct rig rig;
    size_t done;

    rig_make(&rig, 16, "-b 1024");
    rig.config.data_mode = EXT4_DATA_JOURNAL;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_write(inode, 0, old, BYTES, &done));
    CHECK_OK(ext4_allocate(inode, EXT4_ZERO_RANGE, 0, BYTES));
    CHECK_OK(ext4_write(inode, 1500, new, 100, &done));
    CHECK_OK(ext4_fsync(inode));
    ext4_inode_put(inode);
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_read(&rig, "/f", 0, got, BYTES, &done));
    for (size_t i = 0; i < BYTES; i++) {
        CHECK(got[i] == (i >= 1500 && i < 1600 ? 'n' : 0));
    }
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

int main(void)
{
    struct outcome outcome;

    memset(old, 'o', BYTES);
    memset(new, 'n', BYTES);

    outcome = try("-b 1024", EXT4_DATA_ORDERED, "");
    CHECK(!outcome.overwritten && outcome.size == BYTES && outcome.filled);
    outcome = try("-b 1024", EXT4_DATA_WRITEBACK, "");
    CHECK(!outcome.overwritten && outcome.size == BYTES && !outcome.filled);
    outcome = try("-b 1024", EXT4_DATA_JOURNAL, "");
    CHECK(outcome.overwritten && outcome.filled);
    outcome = try("-t ext3 -b 4096", EXT4_DATA_JOURNAL, "");
    CHECK(outcome.overwritten && outcome.filled);

    /* The superblock's word counts when nobody says otherwise. */
    outcome = try("-b 4096", EXT4_DATA_DEFAULT, "set_super_value default_mount_opts 0x20");
    CHECK(outcome.overwritten && outcome.filled);
    outcome = try("-b 4096", EXT4_DATA_DEFAULT, "set_super_value default_mount_opts 0x60");
    CHECK(!outcome.filled);
    outcome = try("-b 4096", EXT4_DATA_ORDERED, "set_super_value default_mount_opts 0x60");
    CHECK(outcome.filled);
    test_reuse();
    test_unwritten();
    return rig_failures ? 1 : 0;
}
