// SPDX-License-Identifier: BSD-2-Clause
/* ext4.remount: between read-only and read-write, with what is open and what is forbidden. The
 * concurrent test does the same while others work. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

static uint32_t listed_orphan(struct rig *rig)
{
    char *said = rig_debugfs(rig, "show_super_stats -h");
    const char *line = strstr(said, "First orphan inode:");
    uint32_t number = line ? (uint32_t)strtoul(line + 19, NULL, 10) : 0;

    free(said);
    return number;
}

static bool needs_recovery(struct rig *rig)
{
    char *said = rig_debugfs(rig, "show_super_stats -h");
    bool needs = strstr(said, "needs_recovery") != NULL;

    free(said);
    return needs;
}

static void check_no_changes(struct rig *rig, struct ext4_inode *inode)
{
    struct ext4_attributes attributes = {.mode = 0600};
    size_t done;

    CHECK_STATUS(EXT4_READ_ONLY, rig_create(rig, "/new"));
    CHECK_STATUS(EXT4_READ_ONLY, rig_unlink(rig, "/file"));
    CHECK_STATUS(EXT4_READ_ONLY, rig_rename(rig, "/file", "/other", EXT4_RENAME_REPLACE));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_write(inode, 0, "x", 1, &done));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_truncate(inode, 0));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_allocate(inode, EXT4_ALLOCATE, 0, 5000));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_xattr_set(inode, "user.x", 6, "y", 1, EXT4_XATTR_ANY));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_set_attributes(inode, EXT4_SET_MODE, &attributes));
    CHECK_OK(ext4_fsync(inode));
    CHECK_OK(ext4_fdatasync(inode));
    CHECK_OK(ext4_sync(rig->fs));
}

/* The disk is as after an unmount while it is read-only, and in use again afterwards. */
static void test_there_and_back(const char *format)
{
    struct ext4_statfs statfs;
    struct ext4_inode *inode;
    struct rig rig;

    rig_make(&rig, 16, format);
    CHECK_OK(rig_mount(&rig));
    for (int round = 0; round < 3; round++) {
        CHECK_OK(rig_create(&rig, round ? "/file" : "/first"));
        CHECK_OK(rig_write(&rig, round ? "/file" : "/first", 0, "content", 7));
        CHECK_OK(rig_walk(&rig, round ? "/file" : "/first", &inode));
        CHECK_OK(ext4_remount(rig.fs, true));
        CHECK_OK(ext4_remount(rig.fs, true));
        ext4_statfs(rig.fs, &statfs);
        CHECK(statfs.read_only);
        CHECK(rig_is_sound(&rig) && !needs_recovery(&rig));
        if (round > 0) {
            check_no_changes(&rig, inode);
        }
        CHECK_OK(ext4_remount(rig.fs, false));
        ext4_statfs(rig.fs, &statfs);
        CHECK(!statfs.read_only);
        CHECK(needs_recovery(&rig) == (strstr(format, "^has_journal") == NULL));
        ext4_inode_put(inode);
        CHECK_OK(rig_unlink(&rig, round ? "/file" : "/first"));
    }
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* Changes after a remount must survive a crash as those after a mount do. */
static void test_crash_afterwards(void)
{
    struct ext4_inode *inode;
    struct rig rig;

    rig_make(&rig, 16, "-b 1024");
    rig.config.read_only = true;
    CHECK_OK(rig_mount(&rig));
    CHECK_STATUS(EXT4_READ_ONLY, rig_create(&rig, "/file"));
    CHECK_OK(ext4_remount(rig.fs, false));
    CHECK_OK(rig_create(&rig, "/file"));
    CHECK_OK(ext4_sync(rig.fs));
    rig_crash(&rig);
    CHECK(needs_recovery(&rig));
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_walk(&rig, "/file", &inode));
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static struct ext4_inode *make_orphan(struct rig *rig, const char *path)
{
    static uint8_t content[50000];
    struct ext4_inode *inode;

    CHECK_OK(rig_create(rig, path));
    CHECK_OK(rig_write(rig, path, 0, content, sizeof(content)));
    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(rig_unlink(rig, path));
    return inode;
}

/* Three files without names: one stays open, one is closed while nothing can be written, one is
 * closed afterwards. */
static void test_orphans(void)
{
    struct ext4_inode *open, *early, *late;
    struct ext4_statfs fresh, statfs;
    uint8_t byte = 1;
    struct rig rig;
    size_t done;

    rig_make(&rig, 16, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    ext4_statfs(rig.fs, &fresh);
    open = make_orphan(&rig, "/open");
    early = make_orphan(&rig, "/early");
    late = make_orphan(&rig, "/late");
    CHECK_OK(ext4_remount(rig.fs, true));
    CHECK(listed_orphan(&rig) == ext4_inode_number(late));
    ext4_inode_put(early);
    CHECK_OK(ext4_read(open, 40000, &byte, 1, &done));
    CHECK(done == 1 && byte == 0);
    CHECK_OK(ext4_remount(rig.fs, false));
    CHECK(strstr(rig.log, "1 orphans finished"));
    CHECK_OK(ext4_read(open, 40000, &byte, 1, &done));
    CHECK_OK(ext4_write(open, 60000, "x", 1, &done));
    ext4_inode_put(late);
    CHECK_OK(ext4_remount(rig.fs, true));
    CHECK(listed_orphan(&rig) == ext4_inode_number(open));
    CHECK_OK(ext4_remount(rig.fs, false));
    ext4_inode_put(open);
    CHECK_OK(ext4_sync(rig.fs));
    ext4_statfs(rig.fs, &statfs);
    CHECK(statfs.free_blocks == fresh.free_blocks && statfs.free_inodes == fresh.free_inodes);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* Closed while read-only and never remounted: the next mount deletes it. */
static void test_left_to_the_next_mount(void)
{
    struct ext4_inode *inode;
    struct rig rig;

    rig_make(&rig, 16, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    inode = make_orphan(&rig, "/file");
    CHECK_OK(ext4_remount(rig.fs, true));
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    CHECK(listed_orphan(&rig) != 0);
    CHECK_OK(rig_mount(&rig));
    CHECK(strstr(rig.log, "1 orphans finished"));
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static void test_refused_feature(void)
{
    struct rig rig;

    rig_make(&rig, 16, "-O quota");
    CHECK_OK(rig_mount(&rig));
    CHECK_STATUS(EXT4_UNSUPPORTED, ext4_remount(rig.fs, false));
    CHECK(strstr(rig.log, "feature quota") && strstr(rig.log, "stays read-only"));
    CHECK_STATUS(EXT4_READ_ONLY, rig_create(&rig, "/file"));
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

static void test_refused_device(void)
{
    struct rig rig;

    rig_make(&rig, 16, "-b 1024");
    rig.config.device.read_only = true;
    CHECK_OK(rig_mount(&rig));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_remount(rig.fs, false));
    CHECK(strstr(rig.log, "the device is read-only"));
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* Damage that is found while it is read-only, too. */
static void test_refused_damage(bool read_only)
{
    struct ext4_inode *inode;
    struct ext4_piece piece;
    struct rig rig;

    rig_make(&rig, 16, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_mkdir(&rig, "/d"));
    CHECK_OK(rig_create(&rig, "/d/f"));
    CHECK_OK(rig_walk(&rig, "/d", &inode));
    CHECK_OK(ext4_piece_at(inode, 0, &piece));
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    rig.bytes[piece.device_offset + 40] ^= 1;
    rig.config.read_only = read_only;
    CHECK_OK(rig_mount(&rig));
    CHECK_STATUS(EXT4_CORRUPT, rig_walk(&rig, "/d/f", &inode));
    if (!read_only) {
        CHECK_STATUS(EXT4_IO, ext4_remount(rig.fs, true));
    } else {
        CHECK_STATUS(EXT4_CORRUPT, ext4_remount(rig.fs, false));
        CHECK(strstr(rig.log, "stays read-only"));
    }
    CHECK_STATUS(EXT4_READ_ONLY, rig_create(&rig, "/file"));
    CHECK_STATUS(read_only ? EXT4_OK : EXT4_IO, rig_unmount(&rig));
    rig_free(&rig);
}

/* The nth write fails, until none does: whatever the answer, the disk is sound. */
static void test_failing_writes(bool to_read_only)
{
    enum ext4_status status = EXT4_IO;
    unsigned long nth;

    for (nth = 1; status != EXT4_OK && nth < 100; nth++) {
        struct rig rig;

        rig_make(&rig, 16, "-b 1024");
        rig.quiet = true;
        rig.config.read_only = !to_read_only;
        CHECK_OK(rig_mount(&rig));
        if (to_read_only) {
            CHECK_OK(rig_create(&rig, "/file"));
        }
        rig.fail_write = nth;
        status = ext4_remount(rig.fs, to_read_only);
        rig.fail_write = 0;
        CHECK(status == EXT4_OK || status == EXT4_IO);
        CHECK_STATUS(to_read_only || status != EXT4_OK ? EXT4_READ_ONLY : EXT4_OK,
                     rig_create(&rig, "/after"));
        rig_crash(&rig);
        rig.config.read_only = false;
        CHECK_OK(rig_mount(&rig));
        CHECK_OK(rig_unmount(&rig));
        CHECK(rig_is_sound(&rig));
        rig_free(&rig);
    }
    CHECK(status == EXT4_OK && nth > 2);
}

int main(void)
{
    test_there_and_back("-b 1024");
    test_there_and_back("-b 4096");
    test_there_and_back("-t ext3 -b 1024");
    test_there_and_back("-b 1024 -O ^has_journal");
    test_crash_afterwards();
    test_orphans();
    test_left_to_the_next_mount();
    test_refused_feature();
    test_refused_device();
    test_refused_damage(true);
    test_refused_damage(false);
    test_failing_writes(true);
    test_failing_writes(false);
    return rig_failures ? 1 : 0;
}
