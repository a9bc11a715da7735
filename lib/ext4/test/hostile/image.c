// SPDX-License-Identifier: BSD-2-Clause
#include "image.h"

#include <stdlib.h>
#include <string.h>

#define UUID "5eed5eed-0f5a-4e4f-8f54-0123456789ab"
/* Everything that mkfs.ext4 would otherwise choose at random. */
#define FIXED "-U " UUID " -E hash_seed=" UUID " "

static const struct {
    const char *options;
    unsigned mib;
    bool crash; /* with transactions in the journal, and inodes that nobody names any more */
} formats[] = {
    {"-b 1024 -J size=1", 4, true},
    {"-b 1024 -J size=1 -O ^metadata_csum,^64bit", 4, false},
    {"-t ext3 -b 1024 -J size=1", 4, true},
    {"-b 1024 -O ^has_journal", 4, false},
    {"-b 4096 -J size=4", 12, true},
    {"-b 2048 -O ^metadata_csum,^has_journal,^64bit", 4, false},
    {"-b 1024 -g 1024 -J size=1 -O meta_bg,^resize_inode", 4, false},
    {"-t ext2 -b 1024 -I 128", 4, false},
    {"-b 1024 -g 2048 -J size=1 -O ^metadata_csum,uninit_bg", 4, true},
    {"-b 2048 -J size=2 -O ^64bit,metadata_csum_seed", 6, true},
    {"-t ext3 -b 2048 -J size=2 -O extent,ext_attr,^dir_index", 6, false},
    {"-b 1024 -J size=1 -O orphan_file", 4, true},
    {"-b 1024 -O bigalloc,^has_journal -C 4096", 4, false},
    {"-b 1024 -J size=1 -O inline_data,orphan_file -I 512", 4, true},
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]), LINKS = 420, HOLES = 360 };

static uint8_t data[40000];

static void fill_directories(struct rig *rig)
{
    char path[300] = "/many/";

    CHECK_OK(rig_mkdir(rig, "/a"));
    CHECK_OK(rig_mkdir(rig, "/a/b"));
    CHECK_OK(rig_create(rig, "/one"));
    /* Names of one file, so that not most inodes are alike. */
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "/a/a name of some length so that there is an index %d", i);
        CHECK_OK(rig_link(rig, path, "/one"));
    }
    CHECK_OK(rig_mkdir(rig, "/many"));
    /* Long ones: with blocks of 1 KiB the index has two levels. */
    for (int i = 0; i < LINKS; i++) {
        snprintf(path, sizeof(path), "/many/%0*d", EXT4_NAME_MAX - 1, i);
        CHECK_OK(rig_link(rig, path, "/one"));
    }
}

static void fill_file(struct rig *rig)
{
    uint32_t step = 2 * rig->config.device.size_bytes > (8u << 20) ? 8192 : 4096;
    struct ext4_inode *inode;

    CHECK_OK(rig_create(rig, "/f"));
    for (uint32_t i = 0; i < HOLES; i++) { /* extents in two levels, or indirect blocks */
        CHECK_OK(rig_write(rig, "/f", (uint64_t)i * step, data, 100));
    }
    CHECK_OK(rig_create(rig, "/g"));
    CHECK_OK(rig_write(rig, "/g", 0, data, sizeof(data)));
    CHECK_OK(rig_walk(rig, "/g", &inode));
    if (ext4_allocate(inode, EXT4_ALLOCATE, 50000, 20000) != EXT4_OK) {
        CHECK_OK(ext4_truncate(inode, 70000)); /* of ext3 */
    }
    ext4_inode_put(inode);
}

static void fill_others(struct rig *rig)
{
    struct ext4_inode *inode, *root;

    CHECK_OK(rig_symlink(rig, "/l", "a/b"));
    memset(data, 'x', 200);
    data[200] = 0;
    CHECK_OK(rig_symlink(rig, "/m", (char *)data));
    CHECK_OK(ext4_inode_get(rig->fs, EXT4_ROOT, &root));
    CHECK_OK(ext4_create(root, "p", 1, EXT4_MODE_CHARACTER | 0600, (struct ext4_owner){1, 2}, 300,
                         400, &inode));
    ext4_inode_put(inode);
    ext4_inode_put(root);
    CHECK_OK(rig_walk(rig, "/f", &inode));
    CHECK_OK(ext4_xattr_set(inode, "user.a", 6, data, 30, EXT4_XATTR_ANY));
    CHECK_OK(ext4_xattr_set(inode, "user.b", 6, data, 500, EXT4_XATTR_ANY));
    ext4_inode_put(inode);
    CHECK_OK(rig_walk(rig, "/a", &inode));
    CHECK_OK(ext4_xattr_set(inode, "trusted.c", 9, data, 400, EXT4_XATTR_ANY));
    ext4_inode_put(inode);
}

/* What a crash leaves: some transactions, with revocations, and two orphans. */
static void fill_journal(struct rig *rig)
{
    struct ext4_inode *first, *second;

    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_mkdir(rig, "/a/c"));
    CHECK_OK(rig_create(rig, "/a/c/file"));
    CHECK_OK(rig_write(rig, "/a/c/file", 5000, data, 9000));
    CHECK_OK(ext4_sync(rig->fs));
    CHECK_OK(rig_rmdir(rig, "/a/b"));
    CHECK_OK(rig_create(rig, "/orphan 1"));
    CHECK_OK(rig_create(rig, "/orphan 2"));
    CHECK_OK(rig_write(rig, "/orphan 1", 100000, data, 9000));
    CHECK_OK(rig_walk(rig, "/orphan 1", &first));
    CHECK_OK(rig_walk(rig, "/orphan 2", &second));
    CHECK_OK(rig_unlink(rig, "/orphan 1"));
    CHECK_OK(rig_unlink(rig, "/orphan 2"));
    CHECK_OK(ext4_sync(rig->fs));
    CHECK_OK(rig_rename(rig, "/g", "/a/c/g", EXT4_RENAME_REPLACE));
    CHECK_OK(ext4_sync(rig->fs));
    rig_crash(rig);
}

static void fill(struct rig *rig, bool crash)
{
    struct ext4_statfs statfs;

    CHECK_OK(rig_mount(rig));
    ext4_statfs(rig->fs, &statfs);
    if (statfs.read_only) { /* a format that is only read */
        CHECK_OK(rig_unmount(rig));
        return;
    }
    fill_directories(rig);
    fill_file(rig);
    fill_others(rig);
    CHECK_OK(rig_unmount(rig));
    if (crash) {
        fill_journal(rig);
    }
}

/* Mounted once to replay, and then for good. */
static void make_view(struct image *image)
{
    struct rig *view = &image->view;

    rig_blank(view, image->fresh.size_bytes);
    memcpy(view->bytes, image->fresh.bytes, view->size_bytes);
    CHECK_OK(rig_mount(view));
    CHECK_OK(rig_unmount(view));
    view->config.read_only = true;
    CHECK_OK(rig_mount(view));
}

struct image *image_get(uint32_t format)
{
    static struct image images[FORMATS];
    struct image *image = &images[format % FORMATS];
    char options[300];

    if (image->places) {
        return image;
    }
    setenv("E2FSPROGS_FAKE_TIME", "1700000000", 1);
    snprintf(options, sizeof(options), FIXED "%s", formats[format % FORMATS].options);
    rig_make(&image->fresh, formats[format % FORMATS].mib, options);
    fill(&image->fresh, formats[format % FORMATS].crash);
    make_view(image);
    image_map(image);
    if (rig_failures) {
        fprintf(stderr, "no image of format %s\n", options);
        exit(2);
    }
    return image;
}

uint32_t image_formats(void)
{
    return FORMATS;
}
