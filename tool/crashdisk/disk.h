// SPDX-License-Identifier: BSD-2-Clause
/*
 * A disk in memory that remembers every write, flush and FUA in order, and what a power cut may
 * leave of them: what was flushed or written with FUA is there; of all other writes any subset,
 * whole or torn at sectors.
 */
#pragma once

#include <ext4/ext4.h>

enum { SECTOR_BYTES = 512 };

struct event {
    enum ext4_io_kind kind; /* write or flush */
    bool fua;
    uint64_t offset;
    uint32_t bytes;
    uint8_t *data;
};

struct disk {
    uint8_t *bytes;
    size_t size;
    bool recording;
    struct event *events;
    uint32_t event_count, event_room;
    int64_t clock;
    char log[300]; /* the last message of the library */
};

void disk_make(struct disk *disk, const uint8_t *bytes, size_t size);
void disk_free(struct disk *disk);

/* Mounts with a cache of 1 MiB. */
enum ext4_status disk_mount(struct disk *disk, struct ext4_fs **fs);

/* Walks through the events of a recorded run. `bytes` holds what is surely there after the events
 * up to `next`; the writes that may be missing are listed. */
struct replay {
    const struct disk *disk;
    uint8_t *bytes;
    uint32_t next;
    uint32_t *loose; /* events, oldest first */
    uint32_t loose_count;
};

void replay_start(struct replay *replay, const struct disk *disk, const uint8_t *first);
void replay_free(struct replay *replay);
/* One more event; false at the end. */
bool replay_step(struct replay *replay);

/* Which loose writes reach the disk: bit i of `subset` for the ith, the rest and tears by `random`
 * unless that is null. */
void replay_build(const struct replay *replay, uint64_t subset, uint32_t *random, uint8_t *image);

uint32_t next_random(uint32_t *state);
