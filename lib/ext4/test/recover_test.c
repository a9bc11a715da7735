// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.recover: replay of journals that debugfs wrote, in every format of JBD2, with revocations
 * and escapes; and of those that were not committed, or whose checksums are wrong.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1024, TARGET = 6000, OTHER = 6010 };

static const char *const journals[] = {"jo", "jo -c -v 2", "jo -c -v 3", "jo -c"};
static const char *const formats[] = {"-b 1024", "-b 1024 -O ^64bit",
                                      "-b 1024 -O ^64bit,^metadata_csum"};

/* A file of the host with `blocks` blocks that each begin with `first` and go on with `fill`. */
static char *host_file(uint32_t first, uint8_t fill, int blocks)
{
    char *path = strdup("/tmp/ext4.data.XXXXXX");
    int fd = mkstemp(path);
    uint8_t block[BLOCK];

    memset(block, fill, sizeof(block));
    memcpy(block, &first, sizeof(first));
    for (int i = 0; i < blocks; i++) {
        CHECK(write(fd, block, sizeof(block)) == sizeof(block));
    }
    close(fd);
    return path;
}

static void write_journal(struct rig *rig, const char *open, const char *commands)
{
    char script[1000], *output;

    snprintf(script, sizeof(script), "%s\n%s\njc\nquit", open, commands);
    output = rig_debugfs(rig, script);
    free(output);
}

static bool block_is(const struct rig *rig, unsigned block, uint32_t first, uint8_t fill)
{
    const uint8_t *at = rig->bytes + (size_t)block * BLOCK;

    return memcmp(at, &first, sizeof(first)) == 0 && at[10] == fill && at[BLOCK - 1] == fill;
}

static void replay(const char *format, const char *open)
{
    char *plain = host_file(0x11111111, 0xaa, 3), *later = host_file(0x22222222, 0xbb, 1);
    char *escaped = host_file(0x98393bc0, 0xcc, 1); /* the journal's magic, big endian */
    char commands[600];
    struct rig rig;

    fprintf(stderr, "%s, %s\n", format, open);
    rig_make(&rig, 8, format);
    snprintf(commands, sizeof(commands), "jw -b %d,%d,%d %s", TARGET, TARGET + 1, OTHER, plain);
    write_journal(&rig, open, commands);
    snprintf(commands, sizeof(commands), "jw -b %d %s\njw -b %d %s\njw -r %d", TARGET, later,
             TARGET + 2, escaped, OTHER);
    write_journal(&rig, open, commands);
    CHECK(!block_is(&rig, TARGET, 0x22222222, 0xbb));
    CHECK_OK(rig_mount(&rig));
    CHECK(block_is(&rig, TARGET, 0x22222222, 0xbb));
    CHECK(block_is(&rig, TARGET + 1, 0x11111111, 0xaa));
    CHECK(block_is(&rig, TARGET + 2, 0x98393bc0, 0xcc));
    CHECK(!block_is(&rig, OTHER, 0x11111111, 0xaa));
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
    unlink(plain);
    unlink(later);
    unlink(escaped);
    free(plain);
    free(later);
    free(escaped);
}

/* The block of the image where a record of the journal with that type lies; 0 if there is none. */
static size_t find_record(const struct rig *rig, uint8_t type)
{
    static const uint8_t magic[4] = {0xc0, 0x3b, 0x39, 0x98};

    for (size_t at = BLOCK; at < rig->size_bytes; at += BLOCK) {
        if (memcmp(rig->bytes + at, magic, sizeof(magic)) == 0 && rig->bytes[at + 7] == type) {
            return at;
        }
    }
    return 0;
}

static void prepare(struct rig *rig, const char *open)
{
    char *plain = host_file(0x11111111, 0xaa, 1), commands[200];

    rig_make(rig, 8, "-b 1024");
    snprintf(commands, sizeof(commands), "jw -b %d %s", TARGET, plain);
    write_journal(rig, open, commands);
    unlink(plain);
    free(plain);
}

static void test_uncommitted(void)
{
    struct rig rig;
    size_t commit;

    prepare(&rig, "jo -c -v 3");
    commit = find_record(&rig, 2);
    CHECK(commit != 0);
    memset(rig.bytes + commit, 0, BLOCK);
    CHECK_OK(rig_mount(&rig));
    CHECK(!block_is(&rig, TARGET, 0x11111111, 0xaa));
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

static void test_torn_commit(void)
{
    struct rig rig;
    size_t commit;

    prepare(&rig, "jo -c -v 3");
    commit = find_record(&rig, 2);
    rig.bytes[commit + 700] ^= 1;
    CHECK_OK(rig_mount(&rig));
    CHECK(!block_is(&rig, TARGET, 0x11111111, 0xaa));
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

/* The record was written after a flush: blocks that are wrong then are damage, not a crash. */
static void test_wrong_block(void)
{
    struct rig rig;
    size_t commit;

    prepare(&rig, "jo -c -v 3");
    commit = find_record(&rig, 2);
    CHECK(commit != 0);
    CHECK(rig.bytes[commit - BLOCK + 700] == 0xaa);
    rig.bytes[commit - BLOCK + 700] ^= 1;
    CHECK_STATUS(EXT4_CORRUPT, rig_mount(&rig));
    CHECK(strstr(rig.log, "wrong checksums") != NULL);
    rig_free(&rig);
}

static void test_beyond_the_end(void)
{
    struct rig rig;
    size_t descriptor;

    prepare(&rig, "jo");
    descriptor = find_record(&rig, 1);
    CHECK(descriptor != 0);
    memset(rig.bytes + descriptor + 12, 0x7f, 4);
    CHECK_STATUS(EXT4_CORRUPT, rig_mount(&rig));
    rig_free(&rig);
}

static void test_read_only_device(void)
{
    struct rig rig;

    prepare(&rig, "jo -c -v 3");
    rig.config.device.read_only = true;
    CHECK_STATUS(EXT4_READ_ONLY, rig_mount(&rig));
    rig_free(&rig);
}

/* What was synced is there after a crash, without any help; what was not may be. */
static void test_own_journal(void)
{
    static uint8_t data[50000], got[50000];
    struct rig rig;
    size_t done;

    memset(data, 'd', sizeof(data));
    rig_make(&rig, 8, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_mkdir(&rig, "/d"));
    CHECK_OK(rig_create(&rig, "/d/f"));
    CHECK_OK(rig_write(&rig, "/d/f", 0, data, sizeof(data)));
    CHECK_OK(ext4_sync(rig.fs));
    CHECK_OK(rig_unlink(&rig, "/d/f"));
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK(strstr(rig.log, "replayed") != NULL);
    CHECK_OK(rig_read(&rig, "/d/f", 0, got, sizeof(got), &done));
    CHECK(done == sizeof(data) && memcmp(got, data, done) == 0);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* Blocks that begin like records of the journal must come back as they were, for us and others. */
static void test_own_escapes(bool by_e2fsck)
{
    char target[200], path[20], got[200];
    struct ext4_inode *inode;
    struct rig rig;
    size_t length;

    memset(target, 't', sizeof(target));
    memcpy(target, "\xc0\x3b\x39\x98", 4);
    target[sizeof(target) - 1] = 0;
    rig_make(&rig, 8, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "/l%d", i);
        CHECK_OK(rig_symlink(&rig, path, target));
    }
    CHECK_OK(ext4_sync(rig.fs));
    rig_crash(&rig);
    if (by_e2fsck) {
        rig_repair(&rig);
    }
    CHECK_OK(rig_mount(&rig));
    CHECK((strstr(rig.log, "replayed") == NULL) == by_e2fsck);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "/l%d", i);
        CHECK_OK(rig_walk(&rig, path, &inode));
        CHECK_OK(ext4_readlink(inode, got, sizeof(got), &length));
        CHECK(length == strlen(target) && memcmp(got, target, length) == 0);
        ext4_inode_put(inode);
    }
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* An open file without names, and a long truncation, when the power goes. */
static void test_orphans(void)
{
    static uint8_t data[300000];
    struct ext4_statfs before, after;
    struct ext4_inode *inode;
    struct rig rig;

    rig_make(&rig, 8, "-b 1024");
    CHECK_OK(rig_mount(&rig));
    ext4_statfs(rig.fs, &before);
    for (int i = 0; i < 3; i++) {
        char path[20];

        snprintf(path, sizeof(path), "/f%d", i);
        CHECK_OK(rig_create(&rig, path));
        CHECK_OK(rig_write(&rig, path, 0, data, sizeof(data)));
        CHECK_OK(rig_walk(&rig, path, &inode));
        CHECK_OK(rig_unlink(&rig, path));
    }
    CHECK_OK(ext4_sync(rig.fs));
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK(strstr(rig.log, "3 orphans") != NULL);
    ext4_statfs(rig.fs, &after);
    CHECK(after.free_blocks == before.free_blocks && after.free_inodes == before.free_inodes);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
}

/* An fsync must also see changes that were made before the inode went from memory and came back. */
static void test_evicted_inode(void)
{
    struct ext4_inode *inode;
    struct rig rig;
    char path[20];
    uint8_t got[5];
    size_t done;

    rig_make(&rig, 8, "-b 1024");
    rig.config.inode_count = 16;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/f"));
    CHECK_OK(rig_write(&rig, "/f", 0, "hello", 5));
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "/other%d", i);
        CHECK_OK(rig_create(&rig, path));
    }
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_fsync(inode));
    ext4_inode_put(inode);
    rig_crash(&rig);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_read(&rig, "/f", 0, got, sizeof(got), &done));
    CHECK(done == 5 && memcmp(got, "hello", 5) == 0);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

int main(void)
{
    test_evicted_inode();
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
        for (size_t j = 0; j < sizeof(journals) / sizeof(journals[0]); j++) {
            replay(formats[f], journals[j]);
        }
    }
    test_uncommitted();
    test_torn_commit();
    test_wrong_block();
    test_beyond_the_end();
    test_read_only_device();
    test_own_journal();
    test_own_escapes(false);
    test_own_escapes(true);
    test_orphans();
    return rig_failures ? 1 : 0;
}
