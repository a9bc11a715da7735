// SPDX-License-Identifier: BSD-2-Clause
/*
 * ext4.trim: the log forgets its oldest transactions while work goes on. Whenever the journal's
 * superblock was written, the power goes and everything that was not flushed is lost: what was
 * synced must be there. Files that change rarely have their only copy in the oldest part of the log
 * and are just being changed again, during a commit.
 */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3000, COLD = 128, APART = 4, RECORD = 40 };

/* Types of the journal's records. */
enum { JOURNAL_DESCRIPTOR = 1, JOURNAL_SUPER = 4 };

static struct rig rig;
static uint8_t *durable;
static uint32_t owner_synced[COLD];
static uint64_t size_synced;
static unsigned cuts, round_number, changed_in_round;

/* ---- what a power cut leaves ---------------------------------------------- */

static void check_promises(struct rig *after)
{
    struct ext4_attributes found;
    struct ext4_inode *inode;
    char path[32];

    for (unsigned i = 0; i < COLD; i++) {
        snprintf(path, sizeof(path), "/cold%u", i * APART);
        CHECK_OK(rig_walk(after, path, &inode));
        ext4_stat(inode, &found);
        CHECK(found.uid == owner_synced[i]);
        ext4_inode_put(inode);
    }
    CHECK_OK(rig_walk(after, "/log", &inode));
    ext4_stat(inode, &found);
    CHECK(found.size == size_synced);
    ext4_inode_put(inode);
}

static void cut_power(void)
{
    struct rig after;

    cuts++;
    rig_blank(&after, rig.size_bytes);
    memcpy(after.bytes, durable, rig.size_bytes);
    CHECK_OK(rig_mount(&after));
    check_promises(&after);
    CHECK_OK(rig_unmount(&after));
    CHECK(rig_is_sound(&after));
    rig_free(&after);
}

static bool is_record(const struct ext4_io *io, uint8_t type)
{
    const uint8_t magic[] = {0xc0, 0x3b, 0x39, 0x98, 0, 0, 0, type};

    return io->segment_count > 0 && memcmp(io->segments[0].data, magic, sizeof(magic)) == 0;
}

/* As another coroutine may while this one writes to the log. */
static void change_cold(void)
{
    struct ext4_attributes values = {.uid = 1 + round_number};
    struct ext4_inode *inode;
    char path[32];

    changed_in_round = round_number;
    snprintf(path, sizeof(path), "/cold%u", round_number % COLD * APART);
    CHECK_OK(rig_walk(&rig, path, &inode));
    CHECK_OK(ext4_set_attributes(inode, EXT4_SET_UID, &values));
    ext4_inode_put(inode);
}

static void watch(void *context, const struct ext4_io *io)
{
    uint8_t *to = durable + io->offset_bytes;

    (void)context;
    if (io->kind == EXT4_IO_FLUSH) {
        memcpy(durable, rig.bytes, rig.size_bytes);
        return;
    }
    for (uint32_t i = 0; io->fua && i < io->segment_count; i++) {
        memcpy(to, io->segments[i].data, io->segments[i].bytes);
        to += io->segments[i].bytes;
    }
    if (io->fua && is_record(io, JOURNAL_SUPER) && rig_failures == 0) {
        cut_power();
    } else if (is_record(io, JOURNAL_DESCRIPTOR) && changed_in_round != round_number) {
        change_cold();
    }
}

/* ---- the work ------------------------------------------------------------- */

/* What was changed during the commit is synced by the next one. */
static void work_round(struct ext4_inode *log)
{
    uint8_t record[RECORD] = {0};
    unsigned before = round_number++;
    size_t done;

    CHECK_OK(ext4_write(log, size_synced, record, RECORD, &done));
    CHECK_OK(ext4_fsync(log));
    CHECK(changed_in_round == round_number);
    size_synced += RECORD;
    if (before > 0) {
        owner_synced[before % COLD] = 1 + before;
    }
}

int main(void)
{
    struct ext4_inode *log;
    char path[32];

    rig_make(&rig, 12, "-b 1024 -J size=1");
    durable = malloc(rig.size_bytes);
    CHECK_OK(rig_mount(&rig));
    for (unsigned i = 0; i < COLD * APART; i++) {
        snprintf(path, sizeof(path), "/cold%u", i);
        CHECK_OK(rig_create(&rig, path));
        owner_synced[i / APART] = 1000;
    }
    CHECK_OK(rig_create(&rig, "/log"));
    CHECK_OK(rig_walk(&rig, "/log", &log));
    CHECK_OK(ext4_sync(rig.fs));
    memcpy(durable, rig.bytes, rig.size_bytes);
    rig.watch = watch;
    while (round_number < ROUNDS && rig_failures == 0) {
        work_round(log);
    }
    CHECK(cuts >= 20); /* or nothing was tested */
    printf("%u power cuts\n", cuts);
    rig.watch = NULL;
    ext4_inode_put(log);
    CHECK_OK(rig_unmount(&rig));
    CHECK(rig_is_sound(&rig));
    rig_free(&rig);
    free(durable);
    return rig_failures ? 1 : 0;
}
