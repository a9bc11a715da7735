// SPDX-License-Identifier: BSD-2-Clause
/*
 * A disk in memory that remembers every write, flush and FUA in order, and what a power cut may
 * leave of them: what was flushed or written with FUA is there; of all other writes any subset,
 * whole or torn at sectors. A write may reach the disk from the moment it was submitted; a flush
 * covers what was done before it was submitted itself, from the moment it is done.
 *
 * Requests get done at once, or, `deferred`, one at a time in any order by disk_answer().
 */
#pragma once

#include "scratch.h"

#include <ext4/ext4.h>

enum { SECTOR_BYTES = 512, PENDING_MAX = 64 };

enum event_kind { EVENT_WRITE, EVENT_FLUSHED, EVENT_FUA_DONE, EVENT_MARK };

struct event {
    enum event_kind kind;
    uint64_t offset;
    uint32_t bytes;
    uint8_t *data;
    uint64_t done_at;         /* of a write: the moment; UINT64_MAX: never */
    uint64_t flush_submitted; /* the moment */
    uint32_t write;           /* which event is done */
};

/* A request that is not done yet. */
struct pending {
    struct ext4_io *io;
    uint32_t event;     /* of a write */
    uint64_t submitted; /* the moment */
};

struct disk {
    uint8_t *bytes;
    size_t size;
    bool recording;
    struct event *events;
    uint32_t event_count, event_room;
    uint64_t moment; /* grows with everything that happens */
    bool deferred;
    struct pending pending[PENDING_MAX];
    uint32_t pending_count, random;
    void (*give_way)(void); /* instead of disk_answer() when somebody waits */
    int64_t clock;
    enum ext4_data_mode data_mode;
    char log[300]; /* the last message of the library */
};

/* Says why on standard error and ends the program. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

void disk_make(struct disk *disk, const uint8_t *bytes, size_t size);
void disk_free(struct disk *disk);
/* A disk that works on bytes that the caller keeps. */
struct disk disk_over(uint8_t *bytes, size_t size);

/* An event that does nothing, to tell what came before from what came after. */
void disk_mark(struct disk *disk);

/* Some request gets done; there must be one. */
void disk_answer(struct disk *disk);

/* Mounts with a cache of 1 MiB. */
enum ext4_status disk_mount(struct disk *disk, struct ext4_fs **fs);

/* Walks through the events of a recorded run. `bytes` holds what is surely there after the events
 * up to `next`; the writes that may be missing are listed. `image` is the last image that was
 * built, and differs from `bytes` in the pages that are listed as patched. */
struct replay {
    const struct disk *disk;
    uint8_t *bytes, *image;
    uint32_t next;
    uint32_t *loose; /* events, oldest first */
    uint32_t loose_count;
    uint8_t *used;    /* pages of which the disk ever held more than zeros */
    uint8_t *patched; /* the same for pages that are listed */
    uint32_t *patches;
    uint32_t patch_count;
};

void replay_start(struct replay *replay, const struct disk *disk, const uint8_t *first);
void replay_free(struct replay *replay);
/* One more event; false at the end. */
bool replay_step(struct replay *replay);

/* Builds an image. Which loose writes reach the disk: bit i of `subset` for the ith, the rest and
 * tears by `random` unless that is null. */
void replay_build(struct replay *replay, uint64_t subset, uint32_t *random);
/* Tells images with the same `next` apart. */
uint64_t replay_fingerprint(const struct replay *replay);

uint32_t next_random(uint32_t *state);
