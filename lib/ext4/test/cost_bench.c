// SPDX-License-Identifier: BSD-2-Clause
/*
 * What operations cost the device: reads, writes and flushes, which are exact. Prints `value`
 * lines; the figures of one operation are those of all of its repetitions, or, of lookups, of each
 * with an empty cache. `measure_*` functions can be found by name in a profile.
 *
 *   cost_bench [ENTRIES...]     directories of that many entries
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { FILES = 1000, APPENDS = 100, BLOCK = 4096, MIB = 16, PIECE = 64 * 1024, LOOKUPS = 9 };

/* Seeds decide where names lie. */
#define SAME_EACH_TIME                                                                             \
    "-U 11111111-2222-3333-4444-555555555555 -E hash_seed=66666666-7777-8888-9999-aaaaaaaaaaaa"

static struct rig rig;
static struct ext4_inode *dir, *file;

static void must(enum ext4_status status, const char *what)
{
    if (status != EXT4_OK) {
        fprintf(stderr, "%s: %s\n%s", what, ext4_status_text(status), rig.log);
        exit(1);
    }
}

static void name_of(char *name, size_t size, unsigned i)
{
    snprintf(name, size, "a name of ordinary length %u", i);
}

/* ---- figures ------------------------------------------------------------- */

static void print(const char *what, unsigned times, unsigned long reads, unsigned long writes,
                  unsigned long flushes)
{
    printf("value %s_%u.reads requests 1 %lu %lu %lu\n", what, times, reads, reads, reads);
    printf("value %s_%u.writes requests 1 %lu %lu %lu\n", what, times, writes, writes, writes);
    printf("value %s_%u.flushes requests 1 %lu %lu %lu\n", what, times, flushes, flushes, flushes);
}

static void measure(const char *what, unsigned times, void (*operation)(void))
{
    rig.reads = rig.writes = rig.flushes = 0;
    operation();
    print(what, times, rig.reads, rig.writes, rig.flushes);
}

/* ---- operations ---------------------------------------------------------- */

static void make_file(unsigned i, struct ext4_inode **inode)
{
    char name[64];

    name_of(name, sizeof(name), i);
    must(ext4_create(dir, name, strlen(name), EXT4_MODE_FILE | 0644, (struct ext4_owner){0, 0}, 0,
                     0, inode),
         "create");
}

__attribute__((noinline)) static void measure_create(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        struct ext4_inode *inode;

        make_file(i, &inode);
        ext4_inode_put(inode);
    }
    must(ext4_sync(rig.fs), "sync");
}

__attribute__((noinline)) static void measure_rename(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        char name[64], other[64];

        name_of(name, sizeof(name), i);
        snprintf(other, sizeof(other), "renamed %u", i);
        must(ext4_rename(dir, name, strlen(name), dir, other, strlen(other), EXT4_RENAME_REPLACE),
             "rename");
    }
    must(ext4_sync(rig.fs), "sync");
}

__attribute__((noinline)) static void measure_unlink(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        char name[64];

        snprintf(name, sizeof(name), "renamed %u", i);
        must(ext4_unlink(dir, name, strlen(name)), "unlink");
    }
    must(ext4_sync(rig.fs), "sync");
}

__attribute__((noinline)) static void measure_append(void)
{
    static uint8_t block[BLOCK];
    size_t done;

    for (unsigned i = 0; i < APPENDS; i++) {
        must(ext4_write(file, (uint64_t)i * BLOCK, block, BLOCK, &done), "append");
        must(ext4_fsync(file), "fsync");
    }
}

__attribute__((noinline)) static void measure_write(void)
{
    static uint8_t piece[PIECE];
    size_t done;

    for (unsigned i = 0; i < (MIB << 20) / PIECE; i++) {
        must(ext4_write(file, (uint64_t)i * PIECE, piece, PIECE, &done), "write");
    }
    must(ext4_sync(rig.fs), "sync");
}

__attribute__((noinline)) static void measure_read(void)
{
    static uint8_t piece[PIECE];
    size_t done;

    for (unsigned i = 0; i < (MIB << 20) / PIECE; i++) {
        must(ext4_read(file, (uint64_t)i * PIECE, piece, PIECE, &done), "read");
    }
}

/* ---- all of them --------------------------------------------------------- */

static void open_root(void)
{
    rig.config.host.self = NULL; /* the order of locks is not checked */
    must(rig_mount(&rig), "mount");
    must(ext4_inode_get(rig.fs, EXT4_ROOT, &dir), "root");
}

static void close_root(void)
{
    ext4_inode_put(dir);
    must(rig_unmount(&rig), "unmount");
}

/* Everything but the root's inode comes from the disk again. */
static void remount(void)
{
    ext4_inode_put(file);
    close_root();
    open_root();
    must(ext4_lookup(dir, "file", 4, &file), "lookup");
}

static void measure_all(void)
{
    rig_make(&rig, 64, SAME_EACH_TIME " -b 4096");
    open_root();
    measure("create", FILES, measure_create);
    measure("rename", FILES, measure_rename);
    measure("unlink", FILES, measure_unlink);
    must(rig_create(&rig, "/appended"), "create");
    must(ext4_lookup(dir, "appended", 8, &file), "lookup");
    measure("append_fsync", APPENDS, measure_append);
    ext4_inode_put(file);
    must(rig_create(&rig, "/file"), "create");
    must(ext4_lookup(dir, "file", 4, &file), "lookup");
    measure("write_mib", MIB, measure_write);
    remount();
    measure("read_mib", MIB, measure_read);
    ext4_inode_put(file);
    close_root();
    rig_free(&rig);
}

static int compare(const void *a, const void *b)
{
    const unsigned long *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

__attribute__((noinline)) static void measure_lookup(unsigned i)
{
    struct ext4_inode *inode;
    char name[64];

    name_of(name, sizeof(name), i);
    must(ext4_lookup(dir, name, strlen(name), &inode), "lookup");
    ext4_inode_put(inode);
}

static void fill_directory(unsigned entries)
{
    struct ext4_inode *inode;

    for (unsigned i = 0; i < entries; i++) {
        make_file(i, &inode);
        ext4_inode_put(inode);
    }
}

/* Each with nothing in memory but the superblock and the root's inode. */
static void measure_lookups(unsigned entries)
{
    unsigned long reads[LOOKUPS];
    char options[256];

    snprintf(options, sizeof(options), SAME_EACH_TIME " -b 4096 -N %u", entries + 100);
    rig_make(&rig, 48 + entries / 2000, options);
    rig.config.cache_bytes = 16 << 20;
    open_root();
    fill_directory(entries);
    for (unsigned i = 0; i < LOOKUPS; i++) {
        close_root();
        open_root();
        rig.reads = 0;
        measure_lookup(i * (entries / LOOKUPS));
        reads[i] = rig.reads;
    }
    close_root();
    rig_free(&rig);
    qsort(reads, LOOKUPS, sizeof(reads[0]), compare);
    printf("value lookup_among_%u.reads requests %d %lu %lu %lu\n", entries, LOOKUPS, reads[0],
           reads[LOOKUPS / 2], reads[LOOKUPS - 1]);
}

int main(int argc, char **argv)
{
    measure_all();
    for (int i = 1; i < argc; i++) {
        measure_lookups((unsigned)strtoul(argv[i], NULL, 10));
    }
    return rig_failures ? 1 : 0;
}
