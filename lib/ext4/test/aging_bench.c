// SPDX-License-Identifier: BSD-2-Clause
/*
 * How files lie on a disk that has been in use for long. It is kept full to a part of its blocks
 * while files of all sizes come and go, several growing at a time. Then an eighth of the disk is
 * written once more, and what is new is looked at: how many pieces a file has, and how many
 * requests its data took. A disk that is nearly full may be worse than one that is not, but there
 * must be no cliff.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum {
    DISK_MIB = 256,
    BLOCK = 1024,
    FILES_MAX = 40000,
    GROWING = 4,         /* at a time */
    SMALLEST_SHIFT = 10, /* sizes are from 1 KiB to 512 KiB, each power of two as likely */
    SIZE_SHIFTS = 9,
    PIECE = 8192,
    TURNOVERS = 6, /* how often the whole disk is written anew */
    SAMPLE_PART = 8,
};

/* Seeds decide where names lie. */
#define SAME_EACH_TIME                                                                             \
    "-U 11111111-2222-3333-4444-555555555555 -E hash_seed=66666666-7777-8888-9999-aaaaaaaaaaaa"

struct made {
    unsigned number, size;
};

static struct rig rig;
static struct ext4_inode *dir;
static struct made files[FILES_MAX];
static unsigned file_count, next_number;
static uint64_t written;

static void must(enum ext4_status status, const char *what)
{
    if (status != EXT4_OK) {
        fprintf(stderr, "%s: %s\n%s", what, ext4_status_text(status), rig.log);
        exit(1);
    }
}

static uint32_t next_random(uint32_t below)
{
    rig.random = rig.random * 1664525 + 1013904223;
    return (rig.random >> 8) % below;
}

static size_t name_of(char *name, size_t size, unsigned number)
{
    return (size_t)snprintf(name, size, "file %u", number);
}

/* ---- files come and go --------------------------------------------------- */

static void remove_one(void)
{
    unsigned chosen = next_random(file_count);
    char name[32];
    size_t length = name_of(name, sizeof(name), files[chosen].number);

    must(ext4_unlink(dir, name, length), "unlink");
    files[chosen] = files[--file_count];
}

static unsigned size_by_chance(void)
{
    unsigned smallest = 1u << (SMALLEST_SHIFT + next_random(SIZE_SHIFTS));

    return smallest + next_random(smallest);
}

static struct ext4_inode *make_one(unsigned size)
{
    struct ext4_inode *inode;
    char name[32];
    size_t length = name_of(name, sizeof(name), next_number);

    must(ext4_create(dir, name, length, EXT4_MODE_FILE | 0644, (struct ext4_owner){0, 0}, 0, 0,
                     &inode),
         "create");
    if (file_count == FILES_MAX) {
        fprintf(stderr, "too many files\n");
        exit(1);
    }
    files[file_count++] = (struct made){next_number++, size};
    written += size;
    return inode;
}

/* Some files that grow at the same time; those that are new begin at the result. */
static unsigned make_some(void)
{
    static uint8_t data[PIECE];
    struct ext4_inode *inodes[GROWING];
    unsigned first = file_count;
    bool more = true;
    size_t done;

    for (int i = 0; i < GROWING; i++) {
        inodes[i] = make_one(size_by_chance());
    }
    for (unsigned at = 0; more; at += PIECE) {
        more = false;
        for (unsigned i = 0; i < GROWING; i++) {
            unsigned size = files[first + i].size;

            if (at < size) {
                must(ext4_write(inodes[i], at, data, size - at < PIECE ? size - at : PIECE, &done),
                     "write");
                more = true;
            }
        }
    }
    for (int i = 0; i < GROWING; i++) {
        ext4_inode_put(inodes[i]);
    }
    return first;
}

static bool is_fuller_than(unsigned percent)
{
    struct ext4_statfs state;

    ext4_statfs(rig.fs, &state);
    return (state.blocks - state.free_blocks) * 100 > state.blocks * percent;
}

/* ---- looking ------------------------------------------------------------- */

static unsigned pieces_of(unsigned number)
{
    struct ext4_inode *inode;
    struct ext4_piece piece;
    unsigned pieces = 0;
    uint64_t at = 0, end = 0;
    char name[32];
    size_t length = name_of(name, sizeof(name), number);

    must(ext4_lookup(dir, name, length, &inode), "lookup");
    while (ext4_piece_at(inode, at, &piece) == EXT4_OK) {
        pieces += piece.device_offset != end;
        end = piece.device_offset + piece.bytes;
        at += piece.bytes;
    }
    ext4_inode_put(inode);
    return pieces;
}

static void age(unsigned percent)
{
    unsigned long bytes = (unsigned long)DISK_MIB << 20, pieces = 0, count = 0, writes;

    while (written < bytes * TURNOVERS) {
        make_some();
        while (is_fuller_than(percent)) {
            remove_one();
        }
    }
    must(ext4_sync(rig.fs), "sync");
    rig.writes = 0;
    for (written = 0; written < bytes / SAMPLE_PART;) {
        for (unsigned i = make_some(); i < file_count; i++) {
            pieces += pieces_of(files[i].number);
            count++;
        }
        while (is_fuller_than(percent)) {
            remove_one();
        }
    }
    must(ext4_sync(rig.fs), "sync");
    writes = rig.writes;
    printf("value full_%u.pieces_of_100_files pieces 1 %lu %lu %lu\n", percent,
           pieces * 100 / count, pieces * 100 / count, pieces * 100 / count);
    writes = writes * (1 << 20) / written;
    printf("value full_%u.writes_per_mib requests 1 %lu %lu %lu\n", percent, writes, writes,
           writes);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        file_count = 0;
        written = 0;
        rig_make(&rig, DISK_MIB, SAME_EACH_TIME " -b 1024 -m 0 -N 40000");
        rig.random = 1;
        rig.config.cache_bytes = 16 << 20;
        rig.config.host.self = NULL;
        must(rig_mount(&rig), "mount");
        must(ext4_inode_get(rig.fs, EXT4_ROOT, &dir), "root");
        age((unsigned)strtoul(argv[i], NULL, 10));
        ext4_inode_put(dir);
        must(rig_unmount(&rig), "unmount");
        rig_free(&rig);
    }
    return 0;
}
