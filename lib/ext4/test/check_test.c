// SPDX-License-Identifier: BSD-2-Clause
/* ext4.check: finds nothing in what we wrote, needs a file system that rests, and ends well when
 * memory or the disk fail. What it finds in damaged images is compared with e2fsck in
 * tool/e4/check_test.py. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

static void fill(struct rig *rig)
{
    static uint8_t content[70000];
    struct ext4_inode *inode;
    char path[64];

    CHECK_OK(rig_mkdir(rig, "/d"));
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof(path), "/d/a name that fills several blocks with others %d", i);
        CHECK_OK(rig_create(rig, path));
    }
    CHECK_OK(rig_create(rig, "/file"));
    for (uint64_t at = 0; at < 4000000; at += 200000) {
        CHECK_OK(rig_write(rig, "/file", at, content, sizeof(content)));
    }
    CHECK_OK(rig_link(rig, "/link", "/file"));
    CHECK_OK(rig_symlink(rig, "/symlink", "d"));
    CHECK_OK(rig_walk(rig, "/file", &inode));
    CHECK_OK(ext4_xattr_set(inode, "user.x", 6, content, 600, EXT4_XATTR_ANY));
    ext4_inode_put(inode);
}

static void begin(struct rig *rig, const char *format)
{
    rig_make(rig, 16, format);
    CHECK_OK(rig_mount(rig));
    fill(rig);
}

static void test_sound(const char *format)
{
    struct ext4_check_result result;
    struct rig rig;

    begin(&rig, format);
    CHECK_STATUS(EXT4_BUSY, ext4_check(rig.fs, &result));
    CHECK_OK(ext4_remount(rig.fs, true));
    CHECK_OK(ext4_check(rig.fs, &result));
    CHECK(result.problems == 0 && result.files == 301 && result.directories == 3);
    CHECK_OK(ext4_remount(rig.fs, false));
    CHECK_OK(rig_unlink(&rig, "/file"));
    CHECK_OK(ext4_remount(rig.fs, true));
    CHECK_OK(ext4_check(rig.fs, &result));
    CHECK(result.problems == 0);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* An open file without a name is no problem, but is mentioned. */
static void test_orphan(void)
{
    struct ext4_check_result result;
    struct ext4_inode *inode;
    struct rig rig;

    begin(&rig, "-b 1024");
    CHECK_OK(rig_unlink(&rig, "/link"));
    CHECK_OK(rig_walk(&rig, "/file", &inode));
    CHECK_OK(rig_unlink(&rig, "/file"));
    CHECK_OK(ext4_remount(rig.fs, true));
    CHECK_OK(ext4_check(rig.fs, &result));
    CHECK(result.problems == 0 && result.orphans == 1);
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* One allocation after the other fails; the rig finds what is not given back. */
static void test_no_memory(void)
{
    struct ext4_check_result result;
    enum ext4_status status = EXT4_NO_MEMORY;
    unsigned long nth;
    struct rig rig;

    begin(&rig, "-b 1024");
    CHECK_OK(ext4_remount(rig.fs, true));
    for (nth = 1; status != EXT4_OK && nth < 1000; nth++) {
        rig.fail_alloc = nth;
        status = ext4_check(rig.fs, &result);
        CHECK(status == EXT4_NO_MEMORY || status == EXT4_OK);
    }
    rig.fail_alloc = 0;
    CHECK(nth > 5 && result.problems == 0);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* What cannot be read is a problem; the rest is looked at all the same. */
static void test_failing_reads(void)
{
    struct ext4_check_result result;
    unsigned long failures = 0;
    struct rig rig;

    begin(&rig, "-b 1024");
    CHECK_OK(rig_unmount(&rig));
    rig.config.read_only = rig.quiet = true;
    for (unsigned long nth = 1; nth < 400; nth += 3) {
        CHECK_OK(rig_mount(&rig));
        rig.fail_read = nth;
        CHECK_OK(ext4_check(rig.fs, &result));
        failures += result.problems > 0;
        CHECK((rig.fail_read == 0) == (result.problems > 0));
        rig.fail_read = 0;
        CHECK_OK(rig_unmount(&rig));
    }
    CHECK(failures > 20);
    rig_free(&rig);
}

int main(void)
{
    test_sound("-b 1024");
    test_sound("-b 4096");
    test_sound("-t ext3 -b 1024");
    test_sound("-t ext2 -b 2048");
    test_sound("-b 1024 -O ^metadata_csum,uninit_bg");
    test_sound("-b 1024 -O meta_bg,^resize_inode");
    test_orphan();
    test_no_memory();
    test_failing_reads();
    return rig_failures ? 1 : 0;
}
