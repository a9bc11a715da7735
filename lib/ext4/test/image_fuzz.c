// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz.ext4.image: damaged images are mounted, walked, read and changed. Whatever the damage: no
 * crash, no endless loop (there is a limit of requests), no memory but what was given at mount.
 *
 *   image_fuzz [--short] [--seed N] [--runs N]
 *
 * Images have no checksums inside, so that damage gets past the door; one format has them.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_RUNS = 1500, DISK_MIB = 4, REQUESTS_MAX = 200000, DEPTH_MAX = 6, ENTRIES_MAX = 60 };

static const char *const formats[] = {"-b 1024 -O ^metadata_csum,orphan_file",
                                      "-t ext3 -b 1024",
                                      "-b 1024 -O ^metadata_csum,^has_journal",
                                      "-b 2048 -O ^metadata_csum,^64bit,^has_journal",
                                      "-b 1024",
                                      "-b 1024 -O ^metadata_csum,inline_data"};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

static uint32_t state;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* ---- the image before the damage ----------------------------------------- */

static void fill_image(struct rig *rig)
{
    static uint8_t data[40000];
    struct ext4_inode *inode;
    char path[120];

    CHECK_OK(rig_mount(rig));
    CHECK_OK(rig_mkdir(rig, "/a"));
    CHECK_OK(rig_mkdir(rig, "/a/b"));
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "/a/a name of some length so that there is an index %d", i);
        CHECK_OK(rig_create(rig, path));
    }
    CHECK_OK(rig_create(rig, "/f"));
    for (unsigned i = 0; i < 12; i++) { /* many extents, or indirect blocks */
        CHECK_OK(rig_write(rig, "/f", i * 30000u, data, 3000));
    }
    CHECK_OK(rig_create(rig, "/a/b/s")); /* in the inode, where there is that */
    CHECK_OK(rig_write(rig, "/a/b/s", 0, path, 90));
    CHECK_OK(rig_mkdir(rig, "/a/b/d"));
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof(path), "/a/b/d/%d", i);
        CHECK_OK(rig_create(rig, path));
    }
    CHECK_OK(rig_symlink(rig, "/l", "a/b"));
    memset(data, 'x', 200);
    CHECK_OK(rig_symlink(rig, "/m", (char *)data));
    CHECK_OK(rig_walk(rig, "/f", &inode));
    CHECK_OK(ext4_xattr_set(inode, "user.a", 6, data, 30, EXT4_XATTR_ANY));
    CHECK_OK(ext4_xattr_set(inode, "user.b", 6, data, 500, EXT4_XATTR_ANY));
    ext4_inode_put(inode);
    if (next_random() % 2) { /* with something in the journal */
        CHECK_OK(ext4_sync(rig->fs));
        rig_crash(rig);
    } else {
        CHECK_OK(rig_unmount(rig));
    }
}

/* ---- damage -------------------------------------------------------------- */

/* A byte of something that is used: most blocks of a small disk are empty. */
static size_t pick_place(const struct rig *rig)
{
    for (;;) {
        size_t at = next_random() % rig->size_bytes;

        if (next_random() % 4 == 0) {
            at = 1024 + next_random() % 3072; /* superblock and descriptors */
        }
        if (rig->bytes[at] || rig->bytes[at ^ 1] || rig->bytes[at ^ 2] || rig->bytes[at ^ 3]) {
            return at;
        }
    }
}

static void damage(struct rig *rig)
{
    static const uint32_t values[] = {0,    1,      2,          7,          8,
                                      0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    size_t at = pick_place(rig), from = pick_place(rig), bytes = 1u << next_random() % 3;
    uint32_t value = values[next_random() % 10];

    switch (next_random() % 4) {
    case 0: rig->bytes[at] ^= (uint8_t)(1u << next_random() % 8); break;
    case 1: memcpy(rig->bytes + (at & ~(bytes - 1)), &value, bytes); break;
    case 2: rig->bytes[at] = (uint8_t)next_random(); break;
    default:
        bytes = 4u << next_random() % 9;
        memmove(rig->bytes + (at & ~(bytes - 1)), rig->bytes + (from & ~(bytes - 1)), bytes);
    }
}

/* ---- use ----------------------------------------------------------------- */

struct found {
    char names[ENTRIES_MAX][EXT4_NAME_MAX + 1];
    size_t lengths[ENTRIES_MAX];
    unsigned count;
};

static bool take(void *context, const struct ext4_entry *entry)
{
    struct found *found = context;

    memcpy(found->names[found->count], entry->name, entry->length);
    found->lengths[found->count++] = entry->length;
    return found->count < ENTRIES_MAX;
}

static void ignore_xattr(void *context, const char *prefix, const char *name, size_t length)
{
    *(uint8_t *)context ^= (uint8_t)(prefix[0] + (length ? name[length - 1] : 0));
}

static void ignore(enum ext4_status status)
{
    (void)status;
}

static void use_inode(struct ext4_inode *inode)
{
    static uint8_t buffer[70000];
    struct ext4_attributes attributes;
    uint64_t place;
    size_t done;

    ext4_stat(inode, &attributes);
    ignore(ext4_read(inode, attributes.size / 2, buffer, sizeof(buffer), &done));
    ignore(ext4_read(inode, 0, buffer, sizeof(buffer), &done));
    ignore(ext4_readlink(inode, (char *)buffer, sizeof(buffer), &done));
    ignore(ext4_xattr_list(inode, ignore_xattr, buffer));
    ignore(ext4_xattr_get(inode, "user.b", 6, buffer, sizeof(buffer), &done));
    ignore(ext4_seek(inode, true, 0, &place));
}

static void change_inode(struct ext4_inode *dir, struct ext4_inode *inode, const char *name,
                         size_t length)
{
    static uint8_t buffer[5000];
    struct ext4_inode *made;
    size_t done;

    switch (next_random() % 12) {
    case 0: ignore(ext4_write(inode, next_random() % 400000, buffer, sizeof(buffer), &done)); break;
    case 1: ignore(ext4_truncate(inode, next_random() % 400000)); break;
    case 2: ignore(ext4_allocate(inode, EXT4_PUNCH_HOLE, next_random() % 300000, 20000)); break;
    case 3: ignore(ext4_allocate(inode, EXT4_ZERO_RANGE, next_random() % 300000, 20000)); break;
    case 4: ignore(ext4_xattr_set(inode, "user.c", 6, buffer, 300, EXT4_XATTR_ANY)); break;
    case 5: ignore(ext4_unlink(dir, name, length)); break;
    case 6: ignore(ext4_rmdir(dir, name, length)); break;
    case 7: ignore(ext4_rename(dir, name, length, dir, "renamed", 7, EXT4_RENAME_REPLACE)); break;
    case 8: ignore(ext4_xattr_remove(inode, "user.b", 6)); break;
    case 9: ignore(ext4_write(inode, next_random() % 200, buffer, 20, &done)); break;
    case 10: ignore(ext4_truncate(inode, next_random() % 300)); break;
    default:
        if (ext4_create(inode, "new", 3, EXT4_MODE_DIRECTORY | 0755, (struct ext4_owner){0, 0}, 0,
                        0, &made) == EXT4_OK) {
            ext4_inode_put(made);
        }
    }
}

static void use_tree(struct rig *rig, struct ext4_inode *dir, int depth)
{
    struct found *found = calloc(1, sizeof(*found));

    ignore(ext4_readdir(dir, 0, take, found));
    for (unsigned i = 0; i < found->count && rig->reads + rig->writes < REQUESTS_MAX; i++) {
        struct ext4_inode *inode;

        if (found->names[i][0] == '.' ||
            ext4_lookup(dir, found->names[i], found->lengths[i], &inode) != EXT4_OK) {
            continue;
        }
        use_inode(inode);
        if (depth < DEPTH_MAX) {
            use_tree(rig, inode, depth + 1);
        }
        if (next_random() % 3 == 0) {
            change_inode(dir, inode, found->names[i], found->lengths[i]);
        }
        ext4_inode_put(inode);
    }
    free(found);
}

static void use_image(struct rig *rig)
{
    struct ext4_inode *root;

    if (rig_mount(rig) != EXT4_OK) {
        return;
    }
    if (ext4_inode_get(rig->fs, EXT4_ROOT, &root) == EXT4_OK) {
        use_tree(rig, root, 0);
        ext4_inode_put(root);
    }
    ignore(ext4_sync(rig->fs));
    ignore(rig_unmount(rig));
}

/* Before anything is changed. */
static void check_image(struct rig *rig)
{
    struct ext4_check_result result;

    rig->config.read_only = true;
    if (rig_mount(rig) == EXT4_OK) {
        ignore(ext4_check(rig->fs, &result));
        ignore(rig_unmount(rig));
    }
    rig->config.read_only = false;
}

/* ---- runs ---------------------------------------------------------------- */

static bool run(const struct rig *fresh, uint32_t seed)
{
    struct rig rig;
    unsigned count;

    state = seed * 2654435761u | 1;
    count = 1 + next_random() % 5;
    rig_copy(&rig, fresh);
    rig.config.cache_bytes = 400 * 1024;
    rig.config.policy = (enum ext4_policy)(next_random() % (EXT4_ON_ERROR_REFUSE + 1));
    for (unsigned i = 0; i < count; i++) {
        damage(&rig);
    }
    check_image(&rig);
    use_image(&rig);
    if (rig.reads + rig.writes > 2 * REQUESTS_MAX) {
        fprintf(stderr, "seed %u: %lu reads, %lu writes\n", seed, rig.reads, rig.writes);
        rig_failures++;
    }
    CHECK(rig.allocated_most < (8u << 20));
    rig_free(&rig);
    return rig_failures == 0;
}

static unsigned long option(int argc, char **argv, const char *name, unsigned long value)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            value = strtoul(argv[i + 1], NULL, 10);
        }
    }
    return value;
}

int main(int argc, char **argv)
{
    bool brief = argc > 1 && strcmp(argv[1], "--short") == 0;
    uint32_t seed = (uint32_t)option(argc, argv, "--seed", 1);
    unsigned long runs = option(argc, argv, "--runs", brief ? SHORT_RUNS : 1000000);
    struct rig fresh[FORMATS];
    bool verbose = getenv("VERBOSE") != NULL;

    state = seed | 1;
    for (int i = 0; i < FORMATS; i++) {
        rig_make(&fresh[i], DISK_MIB, formats[i]);
        fill_image(&fresh[i]);
    }
    for (unsigned long i = 0; i < runs; i++) {
        if (verbose) {
            fprintf(stderr, "seed %lu\n", seed + i);
        }
        if (!run(&fresh[(seed + i) % FORMATS], (uint32_t)(seed + i))) {
            return 1;
        }
    }
    for (int i = 0; i < FORMATS; i++) {
        rig_free(&fresh[i]);
    }
    printf("%lu damaged images\n", runs);
    return rig_failures ? 1 : 0;
}
