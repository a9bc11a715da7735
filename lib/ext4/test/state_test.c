// SPDX-License-Identifier: BSD-2-Clause
/* ext4.state: what the superblock says about mounts and damage, for us and for others. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

static bool super_says(struct rig *rig, const char *text)
{
    char *said = rig_debugfs(rig, "show_super_stats -h");
    bool found = strstr(said, text);

    if (!found) {
        fprintf(stderr, "no '%s' in\n%s", text, said);
    }
    free(said);
    return found;
}

static void test_mount_count(const char *format)
{
    struct rig rig;

    rig_make(&rig, 16, format);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(rig_mount(&rig));
        CHECK_OK(rig_unmount(&rig));
    }
    rig.config.read_only = true;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_unmount(&rig));
    CHECK(super_says(&rig, "Mount count:              3\n"));
    CHECK(super_says(&rig, "Filesystem state:         clean\n"));
    rig_free(&rig);
}

static uint8_t block[4096];

/* One byte of a directory's block. */
static void damage(struct rig *rig)
{
    struct ext4_inode *inode;
    struct ext4_piece piece;

    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_mkdir(rig, "/d"));
    CHECK_OK(rig_create(rig, "/d/f"));
    CHECK_OK(rig_create(rig, "/sound"));
    CHECK_OK(rig_write(rig, "/sound", 0, block, sizeof(block)));
    CHECK_OK(rig_walk(rig, "/d", &inode));
    CHECK_OK(ext4_piece_at(inode, 0, &piece));
    ext4_inode_put(inode);
    CHECK_OK(rig_unmount(rig));
    rig->bytes[piece.device_offset + 40] ^= 1;
}

static void find_damage(struct rig *rig, enum ext4_status at_unmount)
{
    struct ext4_inode *inode;

    CHECK_STATUS(EXT4_CORRUPT, rig_walk(rig, "/d/f", &inode));
    CHECK_STATUS(at_unmount, rig_unmount(rig));
    CHECK(super_says(rig, "with errors\n"));
    CHECK(super_says(rig, "FS Error count:           1\n"));
    CHECK(super_says(rig, "First error function:     block "));
}

/* The journal holds a superblock from before the damage was found. */
static void test_damage(const char *format, enum ext4_policy policy, enum ext4_status at_unmount)
{
    struct rig rig;

    rig_make(&rig, 16, format);
    damage(&rig);
    rig.config.policy = policy;
    CHECK_OK(rig_mount(&rig));
    find_damage(&rig, at_unmount);
    CHECK_OK(rig_mount(&rig));
    CHECK(strstr(rig.log, "has errors"));
    CHECK_OK(rig_unmount(&rig));
    CHECK(super_says(&rig, "with errors\n"));
    rig_free(&rig);
}

/* After the damage not even what is sound is read, and the file system is not mounted again. */
static void test_refusal(const char *format)
{
    struct ext4_inode *sound, *inode;
    struct rig rig;
    size_t done;

    rig_make(&rig, 16, format);
    damage(&rig);
    rig.config.policy = EXT4_ON_ERROR_REFUSE;
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_walk(&rig, "/sound", &sound));
    CHECK_OK(ext4_read(sound, 0, block, sizeof(block), &done));
    CHECK_STATUS(EXT4_CORRUPT, rig_walk(&rig, "/d/f", &inode));
    CHECK_STATUS(EXT4_CORRUPT, ext4_read(sound, 0, block, sizeof(block), &done));
    CHECK_STATUS(EXT4_CORRUPT, rig_walk(&rig, "/sound", &inode));
    CHECK_STATUS(EXT4_READ_ONLY, ext4_truncate(sound, 0));
    ext4_inode_put(sound);
    CHECK_STATUS(EXT4_IO, rig_unmount(&rig));
    CHECK_STATUS(EXT4_CORRUPT, rig_mount(&rig));
    CHECK(strstr(rig.log, "has errors"));
    rig_free(&rig);
}

/* What was never in use was perhaps never written, and is no damage. */
static void test_unused_inodes(const char *format)
{
    struct ext4_inode *inode;
    struct rig rig;

    rig_make(&rig, 16, format);
    CHECK_OK(rig_mount(&rig));
    for (uint32_t number = 3; number < 3000; number += 7) {
        if (number != 11) { /* lost+found */
            CHECK_STATUS(EXT4_NOT_FOUND, ext4_inode_get(rig.fs, number, &inode));
        }
    }
    CHECK_OK(rig_create(&rig, "/file"));
    CHECK_OK(rig_unmount(&rig));
    rig_free(&rig);
}

int main(void)
{
    test_unused_inodes("-b 1024");
    test_unused_inodes("-b 4096 -O ^metadata_csum");

    test_mount_count("-b 4096");
    test_mount_count("-b 1024 -O ^has_journal");
    test_damage("-b 1024", EXT4_ON_ERROR_READ_ONLY, EXT4_IO);
    test_damage("-b 4096", EXT4_ON_ERROR_CONTINUE, EXT4_OK);
    test_damage("-b 4096 -O ^has_journal", EXT4_ON_ERROR_READ_ONLY, EXT4_IO);
    test_refusal("-b 1024");
    test_refusal("-b 4096 -O ^has_journal");
    return rig_failures ? 1 : 0;
}
