// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.fault: the nth read, write or allocation fails, for every n until a workload gets through.
 * It must end in an error or with success, never in a crash; what is on the disk afterwards is
 * sound once replayed, and after an error that was no failed write the work can go on.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { CONTENT = 60000, SMALL_CACHE = 150 * 1024, ROUNDS = 40, FAULTS_MAX = 2000 };

static uint8_t content[CONTENT];

/* Stops at the first error. Small steps that together use every module that changes something. */
static enum ext4_status work(struct rig *rig)
{
    enum ext4_status status = rig_mkdir(rig, "/d");
    struct ext4_inode *inode;
    char path[200];

    for (int i = 0; status == EXT4_OK && i < 30; i++) {
        snprintf(path, sizeof(path), "/d/%d and so many letters that an index is needed soon", i);
        status = rig_create(rig, path);
    }
    status = status ? status : rig_write(rig, path, 3000, content, CONTENT);
    status = status ? status : rig_symlink(rig, "/d/link", (char *)content);
    status = status ? status : rig_rename(rig, path, "/moved", EXT4_RENAME_REPLACE);
    status = status ? status : rig_create(rig, "/small");
    status = status ? status : rig_write(rig, "/small", 0, content, 100);
    status = status ? status : ext4_sync(rig->fs);
    status = status ? status : rig_write(rig, "/small", 100, content, 300);
    status = status ? status : rig_truncate(rig, "/moved", 5000);
    status = status ? status : rig_unlink(rig, "/d/link");
    status = status ? status : rig_walk(rig, "/moved", &inode);
    if (status == EXT4_OK) {
        status = ext4_xattr_set(inode, "user.x", 6, content, 500, EXT4_XATTR_ANY);
        status = status ? status : ext4_allocate(inode, EXT4_PUNCH_HOLE, 1500, 9000);
        status = status ? status : ext4_fsync(inode);
        ext4_inode_put(inode);
    }
    return status;
}

/* The same, from mounting to unmounting. */
static enum ext4_status mount_and_work(struct rig *rig)
{
    enum ext4_status status = rig_mount(rig), closing;

    if (status != EXT4_OK) {
        return status;
    }
    status = work(rig);
    closing = rig_unmount(rig);
    return status ? status : closing;
}

enum fault { FAIL_READ, FAIL_WRITE, FAIL_ALLOC, FAULTS };

static const char *const names[FAULTS] = {"read", "write", "allocation"};

static void set_fault(struct rig *rig, enum fault fault, unsigned long n)
{
    rig->fail_read = fault == FAIL_READ ? n : 0;
    rig->fail_write = fault == FAIL_WRITE ? n : 0;
    rig->fail_alloc = fault == FAIL_ALLOC ? n : 0;
}

/* The disk as it is must be sound after a replay, and usable. */
static void check_after(struct rig *rig, unsigned long n, bool thorough)
{
    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_create(rig, "/after"));
    CHECK_OK(rig_unmount(rig));
    if (thorough && !rig_is_sound(rig)) {
        fprintf(stderr, "after fault %lu\n", n);
        rig_failures++;
    }
}

static void try_faults(const char *format, enum ext4_data_mode mode, enum fault fault,
                       unsigned long step)
{
    struct rig fresh, rig;
    unsigned long n;

    rig_make(&fresh, 8, format);
    for (n = 1;; n += step) {
        enum ext4_status status;

        rig_copy(&rig, &fresh);
        rig.config.cache_bytes = SMALL_CACHE;
        rig.config.data_mode = mode;
        set_fault(&rig, fault, n);
        status = mount_and_work(&rig);
        if (status == EXT4_OK && rig.fail_read + rig.fail_write + rig.fail_alloc > 0) {
            rig_free(&rig);
            break;
        }
        CHECK(status != EXT4_CORRUPT);
        CHECK(n < FAULTS_MAX);
        set_fault(&rig, fault, 0);
        check_after(&rig, n, n % 10 == 1);
        rig_free(&rig);
        if (rig_failures) {
            fprintf(stderr, "%s: %s %lu failed: %s\n", format, names[fault], n,
                    ext4_status_text(status));
            break;
        }
    }
    fprintf(stderr, "%s: %lu %ss in a run\n", format, n, names[fault]);
    rig_free(&fresh);
}

/* A read that fails in the middle of a change undoes that change and nothing else. Every round
 * begins with an empty cache, so that there is something to read. */
static void test_undo(void)
{
    struct ext4_statfs before, after;
    unsigned failed = 0;
    struct rig rig;

    rig_make(&rig, 8, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_mkdir(&rig, "/d"));
    for (unsigned long n = 1; n < ROUNDS; n++) {
        enum ext4_status status;
        struct ext4_inode *dir, *inode;

        CHECK_OK(rig_unmount(&rig));
        CHECK_OK(rig_mount(&rig));
        CHECK_OK(rig_walk(&rig, "/d", &dir));
        ext4_statfs(rig.fs, &before);
        rig.fail_read = n % 8 + 1;
        status = ext4_create(dir, "sub", 3, EXT4_MODE_DIRECTORY | 0755, (struct ext4_owner){0, 0},
                             0, 0, &inode);
        rig.fail_read = 0;
        ext4_statfs(rig.fs, &after);
        CHECK(status == EXT4_OK || status == EXT4_IO);
        failed += status == EXT4_IO;
        if (status == EXT4_OK) {
            ext4_inode_put(inode);
        }
        CHECK(after.free_inodes == before.free_inodes - (status == EXT4_OK));
        CHECK(after.free_blocks == before.free_blocks - (status == EXT4_OK));
        CHECK_STATUS(status == EXT4_OK ? EXT4_OK : EXT4_NOT_FOUND, ext4_rmdir(dir, "sub", 3));
        ext4_inode_put(dir);
    }
    CHECK(failed > ROUNDS / 4);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* The last of three blocks cannot be read, so nothing is written: all keep what they had. */
static void test_failed_overwrite(void)
{
    static uint8_t got[3 * 1024];
    struct ext4_inode *inode;
    struct rig rig;
    size_t done;

    rig_make(&rig, 8, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_write(&rig, "/f", 0, content + 1024, sizeof(got)));
    CHECK_OK(rig_unmount(&rig));
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    rig.fail_read = 1;
    CHECK_STATUS(EXT4_IO, ext4_write(inode, 0, got, sizeof(got) - 100, &done));
    CHECK(done == 0 && rig.fail_read == 0);
    ext4_inode_put(inode);
    CHECK_OK(rig_read(&rig, "/f", 0, got, sizeof(got), &done));
    CHECK(done == sizeof(got) && memcmp(got, content + 1024, done) == 0);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* Without checksums a bitmap may say that an inode table is free: it must not be given away. */
static void test_wrong_bitmap(void)
{
    struct rig rig;
    char *free_inode_table;

    rig_make(&rig, 8, "-b 1024 -O ^metadata_csum,^uninit_bg");
    free_inode_table = rig_debugfs(&rig, "freeb 100 900");
    free(free_inode_table);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_STATUS(EXT4_CORRUPT, rig_write(&rig, "/f", 0, content, CONTENT));
    CHECK(strstr(rig.log, "its own metadata is free") != NULL);
    CHECK_STATUS(EXT4_IO, rig_unmount(&rig));
    rig_free(&rig);
}

int main(int argc, char **argv)
{
    unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : 3;

    memset(content, 'c', CONTENT - 1);
    content[300] = 0; /* as a target */
    try_faults("-b 1024", EXT4_DATA_ORDERED, FAIL_ALLOC, 1);
    try_faults("-b 1024", EXT4_DATA_ORDERED, FAIL_READ, step);
    try_faults("-b 1024", EXT4_DATA_ORDERED, FAIL_WRITE, step);
    try_faults("-b 1024", EXT4_DATA_JOURNAL, FAIL_READ, step);
    try_faults("-b 1024", EXT4_DATA_JOURNAL, FAIL_WRITE, step);
    try_faults("-t ext3 -b 1024", EXT4_DATA_ORDERED, FAIL_READ, step);
    try_faults("-b 1024 -O orphan_file,inline_data", EXT4_DATA_ORDERED, FAIL_READ, step);
    try_faults("-b 1024 -O orphan_file,inline_data", EXT4_DATA_JOURNAL, FAIL_WRITE, step);
    test_undo();
    test_failed_overwrite();
    test_wrong_bitmap();
    return rig_failures ? 1 : 0;
}
