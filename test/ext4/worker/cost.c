// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/cost.h"
#include "lib/ext4/test/support/cost.h"
#include "test/ext4/worker/disks.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 64, SYSFS_FIELDS = 17 };

/* What the kernel counts of a disk; the order is that of its documentation of block/stat. */
enum { READS = 0, WRITES = 4, FLUSHES = 15 };

struct counts {
    unsigned long reads, writes, flushes;
};

static const struct disk *disk;

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

/* ---- figures ------------------------------------------------------------- */

static struct counts count_now(void)
{
    unsigned long fields[SYSFS_FIELDS] = {0};
    char path[DISK_PATH_BYTES];
    FILE *from;

    snprintf(path, sizeof(path), "/sys/block/%.10s/stat", disk->name);
    from = fopen(path, "r");
    must(from != NULL, path);
    for (int i = 0; i < SYSFS_FIELDS; i++) {
        must(fscanf(from, "%lu", &fields[i]) == 1, path);
    }
    fclose(from);
    return (struct counts){fields[READS], fields[WRITES], fields[FLUSHES]};
}

static void print_one(const char *what, const char *of, unsigned long figure)
{
    printf("value %s.%s requests 1 %lu %lu %lu\n", what, of, figure, figure, figure);
}

static void sync_all(void)
{
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    must(fd >= 0 && syncfs(fd) == 0, "sync");
    close(fd);
}

/* What mounting left to be done is done before counting begins. Nothing is committed because some
 * seconds went by: this machine is slow, and another would be done sooner. */
static struct counts mount_and_settle(void)
{
    must(disk_mount(disk, 0, "commit=300") == 0, "mount");
    sync_all();
    return count_now();
}

/* ---- operations ---------------------------------------------------------- */

static void create_all(int fd)
{
    char name[NAME_BYTES];

    (void)fd;
    for (unsigned i = 0; i < COST_FILES; i++) {
        cost_name(name, sizeof(name), i);
        must(mknod(name, S_IFREG | 0644, 0) == 0, "create");
    }
    sync_all();
}

static void rename_all(int fd)
{
    char name[NAME_BYTES], other[NAME_BYTES];

    (void)fd;
    for (unsigned i = 0; i < COST_FILES; i++) {
        cost_name(name, sizeof(name), i);
        cost_new_name(other, sizeof(other), i);
        must(rename(name, other) == 0, "rename");
    }
    sync_all();
}

static void unlink_all(int fd)
{
    char name[NAME_BYTES];

    (void)fd;
    for (unsigned i = 0; i < COST_FILES; i++) {
        cost_new_name(name, sizeof(name), i);
        must(unlink(name) == 0, "unlink");
    }
    sync_all();
}

static void append_all(int fd)
{
    static char block[COST_BLOCK];

    for (unsigned i = 0; i < COST_APPENDS; i++) {
        must(pwrite(fd, block, COST_BLOCK, (off_t)i * COST_BLOCK) == COST_BLOCK, "append");
        must(fsync(fd) == 0, "fsync");
    }
}

static void write_all(int fd)
{
    static char piece[COST_PIECE];

    for (unsigned i = 0; i < (COST_MIB << 20) / COST_PIECE; i++) {
        must(pwrite(fd, piece, COST_PIECE, (off_t)i * COST_PIECE) == COST_PIECE, "write");
    }
    sync_all();
}

static void read_all(int fd)
{
    static char piece[COST_PIECE];

    for (unsigned i = 0; i < (COST_MIB << 20) / COST_PIECE; i++) {
        must(pread(fd, piece, COST_PIECE, (off_t)i * COST_PIECE) == COST_PIECE, "read");
    }
}

static void measure(const char *what, const char *name, void (*operation)(int fd))
{
    struct counts before = mount_and_settle(), now;
    int fd = -1;

    if (name) {
        fd = open(name, O_RDWR | O_CLOEXEC);
        must(fd >= 0, name);
        before = count_now();
    }
    operation(fd);
    now = count_now();
    print_one(what, "reads", now.reads - before.reads);
    print_one(what, "writes", now.writes - before.writes);
    print_one(what, "flushes", now.flushes - before.flushes);
    if (fd >= 0) {
        close(fd);
    }
    must(disk_unmount(disk) == 0, "unmount");
    now = count_now();
    print_one(what, "all_writes", now.writes - before.writes);
    print_one(what, "all_flushes", now.flushes - before.flushes);
}

static void make_empty(const char *name)
{
    mount_and_settle();
    must(mknod(name, S_IFREG | 0644, 0) == 0, name);
    must(disk_unmount(disk) == 0, "unmount");
}

static void measure_work(void)
{
    measure("create_1000", NULL, create_all);
    measure("rename_1000", NULL, rename_all);
    measure("unlink_1000", NULL, unlink_all);
    make_empty("appended");
    measure("append_fsync_100", "appended", append_all);
    make_empty("file");
    measure("write_mib_16", "file", write_all);
    measure("read_mib_16", "file", read_all);
}

/* ---- lookups ------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const unsigned long *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

static void measure_lookups(unsigned entries)
{
    unsigned long reads[COST_LOOKUPS];
    struct stat about;
    char name[NAME_BYTES];

    for (unsigned i = 0; i < COST_LOOKUPS; i++) {
        struct counts before = mount_and_settle();

        cost_name(name, sizeof(name), cost_lookup(entries, i));
        must(lstat(name, &about) == 0, name);
        reads[i] = count_now().reads - before.reads;
        must(disk_unmount(disk) == 0, "unmount");
    }
    qsort(reads, COST_LOOKUPS, sizeof(reads[0]), compare);
    printf("value lookup_among_%u.reads requests %d %lu %lu %lu\n", entries, COST_LOOKUPS, reads[0],
           reads[COST_LOOKUPS / 2], reads[COST_LOOKUPS - 1]);
}

int cost_run(void)
{
    static struct disk disks[DISKS_MOST];
    uint32_t count = disks_find(disks);

    for (uint32_t i = 0; i < count; i++) {
        unsigned entries = 0;

        disk = &disks[i];
        if (sscanf(disk->serial, "lookup_%u", &entries) == 1) {
            measure_lookups(entries);
        } else {
            measure_work();
        }
    }
    printf("done\n");
    return 0;
}
