// SPDX-License-Identifier: BSD-2-Clause
/*
 * What operations cost. The work is in support/cost.h.
 *
 *   cost_bench                       requests of the device, which are exact, as `value` lines
 *   cost_bench make FILE [ENTRIES]   an image to begin with; its directory has so many entries
 *   cost_bench lookups FILE ENTRIES  requests of a lookup there
 *   cost_bench warm FILE ENTRIES     lookups with everything in memory, for a profile
 *
 * Only what runs in measure_...() is counted in a profile; what the disk does is rig_submit().
 */
#include "support/cost.h"
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>
#include <tiny/string.h>

enum { NAME_BYTES = 64, DISK_MIB = 64, WARM_LOOKUPS = 1000 };

static struct rig rig;
static struct ext4_inode *dir, *file;

static void must(enum ext4_status status, const char *what)
{
    if (status != EXT4_OK) {
        fprintf(stderr, "%s: %s\n%s", what, ext4_status_text(status), rig.log);
        exit(1);
    }
}

/* ---- figures ------------------------------------------------------------- */

static void print_one(const char *what, const char *of, unsigned long figure)
{
    printf("value %s.%s requests 1 %lu %lu %lu\n", what, of, figure, figure, figure);
}

/* A disk that cannot write past its cache needs a flush for a write that must. */
static unsigned long flushes(void)
{
    return rig.flushes + rig.forced;
}

static void give_memory(void)
{
    rig.config.cache_bytes = COST_CACHE_BYTES;
    rig.config.inode_count = COST_INODES;
}

static void open_root(void)
{
    rig.config.host.self = NULL; /* the order of locks is not checked */
    must(rig_mount(&rig), "mount");
    must(ext4_inode_get(rig.fs, EXT4_ROOT, &dir), "root");
    rig.reads = rig.writes = rig.flushes = rig.forced = 0;
}

static void close_root(void)
{
    ext4_inode_put(dir);
    must(rig_unmount(&rig), "unmount");
}

static void open_file(const char *name)
{
    must(ext4_lookup(dir, name, strlen(name), &file), "lookup");
    rig.reads = 0;
}

/* The file, or null; it is opened before counting begins. */
static void measure(const char *what, const char *name, void (*operation)(void))
{
    open_root();
    if (name) {
        open_file(name);
    }
    operation();
    print_one(what, "reads", rig.reads);
    print_one(what, "writes", rig.writes);
    print_one(what, "flushes", flushes());
    if (name) {
        ext4_inode_put(file);
    }
    close_root();
    print_one(what, "all_writes", rig.writes);
    print_one(what, "all_flushes", flushes());
}

/* ---- operations ---------------------------------------------------------- */

static void make_file(unsigned i)
{
    struct ext4_inode *inode;
    char name[NAME_BYTES];

    cost_name(name, sizeof(name), i);
    must(ext4_create(dir, name, strlen(name), EXT4_MODE_FILE | 0644, (struct ext4_owner){0, 0}, 0,
                     0, &inode),
         "create");
    ext4_inode_put(inode);
}

__attribute__((noinline)) static void measure_create(void)
{
    for (unsigned i = 0; i < COST_FILES; i++) {
        make_file(i);
    }
    must(ext4_sync(rig.fs), "sync");
}

__attribute__((noinline)) static void measure_rename(void)
{
    for (unsigned i = 0; i < COST_FILES; i++) {
        char name[NAME_BYTES], other[NAME_BYTES];

        cost_name(name, sizeof(name), i);
        cost_new_name(other, sizeof(other), i);
        must(ext4_rename(dir, name, strlen(name), dir, other, strlen(other), EXT4_RENAME_REPLACE),
             "rename");
    }
    must(ext4_sync(rig.fs), "sync");
}

__attribute__((noinline)) static void measure_unlink(void)
{
    for (unsigned i = 0; i < COST_FILES; i++) {
        char name[NAME_BYTES];

        cost_new_name(name, sizeof(name), i);
        must(ext4_unlink(dir, name, strlen(name)), "unlink");
    }
    must(ext4_sync(rig.fs), "sync");
}

static void append_and_sync(void)
{
    static uint8_t block[COST_BLOCK];
    size_t done;

    for (unsigned i = 0; i < COST_APPENDS; i++) {
        must(ext4_write(file, (uint64_t)i * COST_BLOCK, block, COST_BLOCK, &done), "append");
        must(ext4_fsync(file), "fsync");
    }
}

__attribute__((noinline)) static void measure_append(void)
{
    append_and_sync();
}

static void write_all(void)
{
    static uint8_t piece[COST_PIECE];
    size_t done;

    for (unsigned i = 0; i < (COST_MIB << 20) / COST_PIECE; i++) {
        must(ext4_write(file, (uint64_t)i * COST_PIECE, piece, COST_PIECE, &done), "write");
    }
}

__attribute__((noinline)) static void measure_write(void)
{
    write_all();
    must(ext4_sync(rig.fs), "sync");
}

/* The same as append, while another file has much that was overwritten and is not home. */
__attribute__((noinline)) static void measure_beside(void)
{
    open_file("beside");
    append_and_sync();
    ext4_inode_put(file);
}

static void append_beside(void)
{
    open_root();
    open_file("file");
    write_all();
    ext4_inode_put(file);
    measure_beside();
    close_root();
}

__attribute__((noinline)) static void measure_read(void)
{
    static uint8_t piece[COST_PIECE];
    size_t done;

    for (unsigned i = 0; i < (COST_MIB << 20) / COST_PIECE; i++) {
        must(ext4_read(file, (uint64_t)i * COST_PIECE, piece, COST_PIECE, &done), "read");
    }
}

/* What copying the same data once costs, block by block, as the library does it. */
__attribute__((noinline)) static void measure_copy(void)
{
    static uint8_t from[COST_BLOCK], to[COST_BLOCK];

    for (unsigned i = 0; i < (COST_MIB << 20) / COST_BLOCK; i++) {
        memcpy(to, from, sizeof(to));
        __asm__ volatile("" : : "r"(to) : "memory");
    }
}

static void make_empty(const char *name)
{
    must(rig_mount(&rig), "mount");
    must(rig_create(&rig, name), "create");
    must(rig_unmount(&rig), "unmount");
}

static void count_all(void)
{
    rig_make(&rig, DISK_MIB, COST_MKFS);
    give_memory();
    measure("create_1000", NULL, measure_create);
    measure("rename_1000", NULL, measure_rename);
    measure("unlink_1000", NULL, measure_unlink);
    make_empty("/appended");
    measure("append_fsync_100", "appended", measure_append);
    make_empty("/file");
    measure("write_mib_16", "file", measure_write);
    measure("read_mib_16", "file", measure_read);
    measure_copy();
    make_empty("/beside");
    append_beside();
    rig_free(&rig);
}

/* ---- lookups ------------------------------------------------------------- */

static void look_up(unsigned i)
{
    struct ext4_inode *inode;
    char name[NAME_BYTES];

    cost_name(name, sizeof(name), i);
    must(ext4_lookup(dir, name, strlen(name), &inode), "lookup");
    ext4_inode_put(inode);
}

static int compare(const void *a, const void *b)
{
    const unsigned long *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

/* Each with nothing in memory but the superblock and the root's inode. */
static void count_lookups(unsigned entries)
{
    unsigned long reads[COST_LOOKUPS];

    for (unsigned i = 0; i < COST_LOOKUPS; i++) {
        open_root();
        look_up(cost_lookup(entries, i));
        reads[i] = rig.reads;
        close_root();
    }
    qsort(reads, COST_LOOKUPS, sizeof(reads[0]), compare);
    printf("value lookup_among_%u.reads requests %d %lu %lu %lu\n", entries, COST_LOOKUPS, reads[0],
           reads[COST_LOOKUPS / 2], reads[COST_LOOKUPS - 1]);
}

static void look_up_many(unsigned entries)
{
    for (unsigned i = 0; i < WARM_LOOKUPS; i++) {
        look_up((unsigned)((uint64_t)i * entries / WARM_LOOKUPS));
    }
}

__attribute__((noinline)) static void measure_warm(unsigned entries)
{
    look_up_many(entries);
}

/* The first time brings everything into memory. */
static void look_up_twice(unsigned entries)
{
    open_root();
    look_up_many(entries);
    measure_warm(entries);
    close_root();
}

static void make_image(const char *path, unsigned entries)
{
    char options[256];
    FILE *to = fopen(path, "wb");

    snprintf(options, sizeof(options), COST_MKFS " -N %u", entries + 10000);
    rig_make(&rig, DISK_MIB + entries / 2000, options);
    give_memory();
    open_root();
    for (unsigned i = 0; i < entries; i++) {
        make_file(i);
    }
    close_root();
    if (!to || fwrite(rig.bytes, 1, rig.size_bytes, to) != rig.size_bytes || fclose(to) != 0) {
        perror(path);
        exit(1);
    }
}

static void load_image(const char *path)
{
    FILE *from = fopen(path, "rb");

    if (!from || fseek(from, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    rig_blank(&rig, (size_t)ftell(from));
    fclose(from);
    rig_load(&rig, path);
    give_memory();
}

int main(int argc, char **argv)
{
    unsigned entries = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

    if (argc == 1) {
        count_all();
        return rig_failures ? 1 : 0;
    }
    if (argc >= 3 && strcmp(argv[1], "make") == 0) {
        make_image(argv[2], entries);
    } else if (argc == 4 && strcmp(argv[1], "lookups") == 0) {
        load_image(argv[2]);
        count_lookups(entries);
    } else if (argc == 4 && strcmp(argv[1], "warm") == 0) {
        load_image(argv[2]);
        look_up_twice(entries);
    } else {
        fprintf(stderr, "Usage: cost_bench [make FILE [ENTRIES] | lookups FILE ENTRIES | "
                        "warm FILE ENTRIES]\n");
        return 2;
    }
    rig_free(&rig);
    return rig_failures ? 1 : 0;
}
