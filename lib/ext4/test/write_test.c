// SPDX-License-Identifier: BSD-2-Clause
/* ext4.write: what we change, e2fsck finds sound and debugfs reads back, with every format. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

/* Every row is a format that others make; together they have each feature on and off. */
static const char *const formats[] = {
    "-b 4096",
    "-b 1024",
    "-b 2048",
    "-b 1024 -O ^has_journal",
    "-b 4096 -O ^metadata_csum",
    "-b 1024 -O ^metadata_csum,uninit_bg",
    "-b 1024 -O ^64bit",
    "-b 1024 -O ^64bit,^metadata_csum,^flex_bg",
    "-b 1024 -O ^extent,^64bit",
    "-b 4096 -O ^dir_index",
    "-b 1024 -O ^filetype",
    "-b 1024 -O meta_bg,^resize_inode",
    "-b 4096 -O metadata_csum_seed,orphan_file,large_dir",
    "-b 1024 -O inline_data",
    "-b 4096 -O inline_data,orphan_file,^metadata_csum -I 512",
    "-b 1024 -I 128",
    "-b 4096 -I 1024",
    "-b 1024 -O ^sparse_super,^resize_inode",
    "-t ext3 -b 1024",
    "-t ext2 -b 1024",
    "-t ext2 -b 4096 -O ^dir_index,^resize_inode",
    "-b 16384 -O ^has_journal -N 4096",
    "-b 65536 -O ^has_journal,inline_data -N 4096",
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]), BIG = 3000000, NAMES = 400 };

enum { CACHE_FOR_LARGE = 24 << 20 }; /* a change may take 64 blocks */

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 1000);
}

static void check_file(struct rig *rig, const char *path, const uint8_t *expected, size_t size)
{
    uint8_t *got = malloc(size + 1);

    CHECK(rig_debugfs_cat(rig, path, got, size + 1) == size);
    CHECK(memcmp(got, expected, size) == 0);
    free(got);
}

static void write_names(struct rig *rig)
{
    char path[300];

    CHECK_OK(rig_mkdir(rig, "/many"));
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, sizeof(path), "/many/a name that takes some room %d", i);
        CHECK_OK(rig_create(rig, path));
    }
    CHECK_STATUS(EXT4_EXISTS, rig_create(rig, path));
    for (int i = 0; i < NAMES; i += 3) {
        snprintf(path, sizeof(path), "/many/a name that takes some room %d", i);
        CHECK_OK(rig_unlink(rig, path));
    }
}

static void change_tree(struct rig *rig)
{
    char longer[200];

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    CHECK_OK(rig_mkdir(rig, "/a"));
    CHECK_OK(rig_mkdir(rig, "/a/b"));
    CHECK_OK(rig_mkdir(rig, "/c"));
    CHECK_OK(rig_symlink(rig, "/a/short", "b"));
    CHECK_OK(rig_symlink(rig, "/a/long", longer));
    CHECK_OK(rig_link(rig, "/c/hard", "/a/short"));
    CHECK_OK(rig_rename(rig, "/a/b", "/c/moved", EXT4_RENAME_REPLACE));
    CHECK_STATUS(EXT4_INVALID, rig_rename(rig, "/c", "/c/moved/below", EXT4_RENAME_REPLACE));
    CHECK_STATUS(EXT4_NOT_EMPTY, rig_rmdir(rig, "/c"));
    CHECK_OK(rig_rename(rig, "/a", "/c/moved", EXT4_RENAME_EXCHANGE));
    CHECK_OK(rig_rmdir(rig, "/a"));
    CHECK_OK(rig_unlink(rig, "/c/moved/long"));
}

static void write_format(const char *format)
{
    uint8_t *data = malloc(BIG);
    struct rig rig;

    fprintf(stderr, "%s\n", format);
    for (size_t i = 0; i < BIG; i++) {
        data[i] = pattern(i);
    }
    rig_make(&rig, 32, format);
    rig.deferred = true;
    if (strstr(format, "-b 16384") || strstr(format, "-b 65536")) {
        rig.config.cache_bytes = CACHE_FOR_LARGE;
    }
    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_create(&rig, "/big"));
    CHECK_OK(rig_write(&rig, "/big", 0, data, BIG));
    CHECK_OK(rig_create(&rig, "/sparse"));
    CHECK_OK(rig_write(&rig, "/sparse", 5000000, data, 10000));
    CHECK_OK(rig_write(&rig, "/sparse", 1000, data, 1000));
    write_names(&rig);
    change_tree(&rig);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    check_file(&rig, "/big", data, BIG);

    CHECK_OK(rig_mount(&rig));
    CHECK_OK(rig_truncate(&rig, "/big", 1234567));
    CHECK_OK(rig_truncate(&rig, "/sparse", 100));
    CHECK_OK(rig_unlink(&rig, "/sparse"));
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    check_file(&rig, "/big", data, 1234567);
    rig_free(&rig);
    free(data);
}

int main(int argc, char **argv)
{
    for (int i = 0; i < FORMATS; i++) {
        if (argc < 2 || atoi(argv[1]) == i) {
            write_format(formats[i]);
        }
    }
    return rig_failures ? 1 : 0;
}
