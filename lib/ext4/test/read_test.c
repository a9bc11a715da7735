// SPDX-License-Identifier: BSD-2-Clause
/* ext4.read: images that others made and filled, what is refused, and what is only read. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The wide names fill more than a block of 64 KiB. */
enum { NAMES = 3000, BIG = 700000, WIDE = 400, WIDE_BYTES = 240 };

/* A folder with a directory of many names, a big and a sparse file and links, for mkfs.ext4 -d. */
static const char fill[] =
    "set -e; rm -rf $F; mkdir -p $F/many $F/deep/er; cd $F/many; seq -f 'name-%05g' 3000 | "
    "xargs touch; mkdir ../wide; cd ../wide; seq -f 'name-%0235g' 400 | xargs touch; cd ..; seq 1 "
    "200000 | head -c 700000 >big; printf end | dd of=sparse bs=1 "
    "seek=5000000 2>/dev/null; ln -s deep/er link; ln big hard; "
    "ln -s $(printf %0100d 7) long; printf x >deep/er/x";

static char folder[200];

static void shell(const char *script)
{
    char command[2000];

    snprintf(command, sizeof(command), "PATH=/usr/sbin:/sbin:$PATH; F=%s; %s", folder, script);
    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        exit(2);
    }
}

static bool count_entry(void *context, const struct ext4_entry *entry)
{
    unsigned *count = context;

    (void)entry;
    ++*count;
    return true;
}

static void check_names(struct rig *rig, const char *path, int names, int digits)
{
    struct ext4_inode *dir, *inode;
    char name[EXT4_NAME_MAX + 1];
    unsigned count = 0;

    CHECK_OK(rig_walk(rig, path, &dir));
    CHECK_OK(ext4_readdir(dir, 0, count_entry, &count));
    CHECK(count == (unsigned)names + 2);
    for (int i = 1; i <= names; i++) {
        snprintf(name, sizeof(name), "name-%0*d", digits, i);
        CHECK_OK(ext4_lookup(dir, name, strlen(name), &inode));
        ext4_inode_put(inode);
    }
    snprintf(name, sizeof(name), "name-%0*d", digits, 0);
    CHECK_STATUS(EXT4_NOT_FOUND, ext4_lookup(dir, name, strlen(name), &inode));
    ext4_inode_put(dir);
}

static void check_files(struct rig *rig)
{
    static uint8_t got[BIG + 1], expected[BIG + 1];
    struct ext4_attributes attributes;
    struct ext4_inode *inode;
    char path[300], target[200];
    uint64_t hole;
    size_t done, length;
    FILE *file;

    snprintf(path, sizeof(path), "%s/big", folder);
    file = fopen(path, "rb");
    CHECK(file && fread(expected, 1, sizeof(expected), file) == BIG);
    fclose(file);
    CHECK_OK(rig_read(rig, "/hard", 0, got, sizeof(got), &done));
    CHECK(done == BIG && memcmp(got, expected, BIG) == 0);
    CHECK_OK(rig_read(rig, "/hard", 12345, got, 1000, &done));
    CHECK(done == 1000 && memcmp(got, expected + 12345, 1000) == 0);
    CHECK_OK(rig_read(rig, "/sparse", 4999990, got, 100, &done));
    CHECK(done == 13 && memcmp(got, "\0\0\0\0\0\0\0\0\0\0end", 13) == 0);
    CHECK_OK(rig_walk(rig, "/sparse", &inode));
    CHECK_OK(ext4_seek(inode, true, 0, &hole));
    CHECK(hole == 0 || hole == 4096); /* with large clusters mkfs.ext4 writes the first block */
    ext4_stat(inode, &attributes);
    CHECK(attributes.size == 5000003 && attributes.sectors < 1000);
    ext4_inode_put(inode);
    CHECK_OK(rig_walk(rig, "/long", &inode));
    CHECK_OK(ext4_readlink(inode, target, sizeof(target), &length));
    CHECK(length == 100 && target[99] == '7');
    ext4_inode_put(inode);
}

/* `more` runs on the image ($I) after mkfs. */
static void read_format(const char *options, const char *more)
{
    char image[] = "/tmp/ext4.read.XXXXXX", script[1000];
    struct rig rig;

    fprintf(stderr, "%s; %s\n", options, more);
    close(mkstemp(image));
    snprintf(script, sizeof(script), "I=%s; mkfs.ext4 -qF %s -d $F $I 64M 2>/dev/null && { %s; }",
             image, options, more);
    shell(script);
    rig_blank(&rig, 64 << 20);
    rig_load(&rig, image);
    unlink(image);
    rig.config.cache_bytes = 4 << 20;
    rig.config.read_only = true;
    CHECK_OK(rig_mount(&rig));
    check_names(&rig, "/many", NAMES, 5);
    check_names(&rig, "/wide", WIDE, WIDE_BYTES - 5);
    check_names(&rig, "/lost+found", 0, 5); /* blocks with one free entry */
    check_files(&rig);
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

static void expect_mount(const char *options, const char *debugfs, enum ext4_status expected,
                         const char *message, bool read_only)
{
    struct ext4_statfs statfs;
    struct rig rig;
    enum ext4_status status;

    rig_make(&rig, 16, options);
    free(rig_debugfs(&rig, debugfs));
    status = rig_mount(&rig);
    CHECK_STATUS(expected, status);
    if (!strstr(rig.log, message)) {
        fprintf(stderr, "%s %s: expected a message with '%s', got: %s\n", options, debugfs, message,
                rig.log);
        rig_failures++;
    }
    if (status == EXT4_OK) {
        ext4_statfs(rig.fs, &statfs);
        CHECK(statfs.read_only == read_only);
        CHECK_STATUS(read_only ? EXT4_READ_ONLY : EXT4_OK, rig_mkdir(&rig, "/d"));
        CHECK_OK(rig_unmount(&rig));
    }
    rig_free(&rig);
}

static void test_features(void)
{
    expect_mount("-b 1024", "", EXT4_OK, "", false);
    expect_mount("-b 1024 -O inline_data", "", EXT4_OK, "", false);
    expect_mount("-b 1024 -O encrypt", "", EXT4_UNSUPPORTED, "encrypt", false);
    expect_mount("-b 4096 -O casefold", "", EXT4_UNSUPPORTED, "casefold", false);
    expect_mount("-b 1024 -O mmp", "", EXT4_UNSUPPORTED, "mmp", false);
    expect_mount("-b 1024", "feature FEATURE_I30", EXT4_UNSUPPORTED, "unknown (0x40000000)", false);
    expect_mount("-b 1024", "feature FEATURE_R30", EXT4_OK, "unknown (0x40000000)", true);
    expect_mount("-b 1024 -O bigalloc", "", EXT4_OK, "bigalloc", true);
    expect_mount("-b 1024 -O quota", "", EXT4_OK, "quota", true);
    expect_mount("-b 4096 -O verity", "", EXT4_OK, "verity", true);
    expect_mount("-b 4096 -O ea_inode", "", EXT4_OK, "ea_inode", true);
}

static void refuse_value(struct rig *rig, const char *damage, const char *message)
{
    struct ext4_inode *inode;
    uint8_t got[2000];
    size_t length;

    free(rig_debugfs(rig, damage));
    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_walk(rig, "/f", &inode));
    CHECK_STATUS(EXT4_CORRUPT, ext4_xattr_get(inode, "user.big", 8, got, sizeof(got), &length));
    CHECK(strstr(rig->log, message) != NULL);
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(rig));
}

/* An attribute whose value has an inode of its own, as debugfs makes it. */
static void test_value_inode(void)
{
    static uint8_t expected[1024], got[1025];
    struct ext4_inode *inode;
    char commands[600];
    struct rig rig;
    size_t length;
    FILE *file;

    rig_make(&rig, 16, "-b 1024 -O ea_inode,^metadata_csum");
    snprintf(commands, sizeof(commands),
             "write %s/deep/er/x f\nea_set -f %s/big f user.big\nea_set f user.small abc", folder,
             folder);
    free(rig_debugfs(&rig, commands));
    snprintf(commands, sizeof(commands), "%s/big", folder);
    file = fopen(commands, "rb");
    CHECK(file && fread(expected, 1, sizeof(expected), file) == sizeof(expected));
    fclose(file);
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_walk(&rig, "/f", &inode));
    CHECK_OK(ext4_xattr_get(inode, "user.big", 8, NULL, 0, &length));
    CHECK(length == sizeof(expected));
    CHECK_STATUS(EXT4_RANGE, ext4_xattr_get(inode, "user.big", 8, got, 1023, &length));
    CHECK_OK(ext4_xattr_get(inode, "user.big", 8, got, sizeof(got), &length));
    CHECK(length == sizeof(expected) && memcmp(got, expected, length) == 0);
    CHECK_OK(ext4_xattr_get(inode, "user.small", 10, got, sizeof(got), &length));
    CHECK(length == 3 && memcmp(got, "abc", 3) == 0);
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(&rig));
    refuse_value(&rig, "sif <13> atime 1\nsif <13> mtime 1", "with checksum 0x00000001");
    refuse_value(&rig, "sif <13> flags 0x80000", "which has flags 0x80000");
    rig_free(&rig);
}

static uint32_t block_of(struct rig *rig, const char *path)
{
    struct ext4_piece piece = {0};
    struct ext4_inode *inode;

    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_walk(rig, path, &inode));
    CHECK_OK(ext4_piece_at(inode, 0, &piece));
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(rig));
    return (uint32_t)(piece.device_offset / 1024);
}

static void fill_with(struct rig *rig, uint32_t block, uint32_t number)
{
    for (uint32_t at = 0; at < 1024; at++) {
        rig->bytes[block * 1024 + at] = (uint8_t)(number >> (at % 4 * 8));
    }
}

/* 65,000 times one block, in two levels: longer than the disk. Three levels would take hours. */
static void test_directory_of_one_block(void)
{
    enum { DOUBLY = 3000, SIMPLY = 3001, BLOCKS = 12 + 256 + 256 * 256 };
    struct ext4_inode *inode;
    char commands[200];
    struct rig rig;

    rig_make(&rig, 4, "-t ext2 -b 1024");
    free(rig_debugfs(&rig, "mkdir d"));
    fill_with(&rig, SIMPLY, block_of(&rig, "/d"));
    fill_with(&rig, DOUBLY, SIMPLY);
    snprintf(commands, sizeof(commands), "sif d size %d\nsif d block[IND] %d\nsif d block[DIND] %d",
             BLOCKS * 1024, SIMPLY, DOUBLY);
    free(rig_debugfs(&rig, commands));
    CHECK_OK(rig_mount(&rig));
    CHECK_STATUS(EXT4_CORRUPT, rig_walk(&rig, "/d", &inode));
    CHECK(strstr(rig.log, "larger than the disk") != NULL);
    (void)!rig_unmount(&rig);
    rig_free(&rig);
}

static void test_no_file_system(void)
{
    struct rig rig;

    rig_blank(&rig, 1 << 20);
    CHECK_STATUS(EXT4_CORRUPT, rig_mount(&rig));
    CHECK(strstr(rig.log, "no ext2, ext3 or ext4") != NULL);
    rig_free(&rig);
    rig_blank(&rig, 1000);
    CHECK_STATUS(EXT4_CORRUPT, rig_mount(&rig));
    rig_free(&rig);
}

int main(void)
{
    snprintf(folder, sizeof(folder), "/tmp/ext4.read.%d", (int)getpid());
    shell(fill);
    read_format("-b 4096", "true");
    read_format("-b 1024", "e2fsck -fyD $I >/dev/null 2>&1 || [ $? -le 1 ]");
    read_format("-b 2048 -O ^metadata_csum", "e2fsck -fyD $I >/dev/null 2>&1 || [ $? -le 1 ]");
    read_format("-b 1024 -t ext2", "true");
    read_format("-b 1024 -O bigalloc", "true");
    read_format("-b 4096 -O bigalloc,inline_data,orphan_file -C 65536 -N 4096", "true");
    read_format("-b 65536 -O ^has_journal -N 4096", "true");
    read_format("-b 65536 -O ^has_journal,^metadata_csum -N 4096",
                "e2fsck -fyD $I >/dev/null 2>&1 || [ $? -le 1 ]");
    read_format("-b 65536 -O ^has_journal,^dir_index -N 4096", "true");
    test_value_inode();
    shell("rm -rf $F");
    test_features();
    test_no_file_system();
    test_directory_of_one_block();
    return rig_failures ? 1 : 0;
}
