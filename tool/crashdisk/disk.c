// SPDX-License-Identifier: BSD-2-Clause
#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_BYTES = 1 << 20, INODES = 64, SUBSET_BITS = 64 };

uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void *must(void *memory)
{
    if (!memory) {
        fprintf(stderr, "crashdisk: out of memory\n");
        exit(1);
    }
    return memory;
}

/* ---- recording ----------------------------------------------------------- */

static struct event *add_event(struct disk *disk)
{
    if (disk->event_count == disk->event_room) {
        disk->event_room = disk->event_room ? disk->event_room * 2 : 1024;
        disk->events = must(realloc(disk->events, disk->event_room * sizeof(*disk->events)));
    }
    return &disk->events[disk->event_count++];
}

static uint32_t io_bytes(const struct ext4_io *io)
{
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < io->segment_count; i++) {
        bytes += io->segments[i].bytes;
    }
    return bytes;
}

void disk_mark(struct disk *disk)
{
    *add_event(disk) = (struct event){.kind = EVENT_MARK};
}

static uint32_t record_write(struct disk *disk, const struct ext4_io *io)
{
    struct event *event = add_event(disk);
    uint8_t *to;

    *event = (struct event){.kind = EVENT_WRITE,
                            .offset = io->offset_bytes,
                            .bytes = io_bytes(io),
                            .done_at = UINT64_MAX};
    event->data = to = must(malloc(event->bytes));
    for (uint32_t i = 0; i < io->segment_count; i++) {
        memcpy(to, io->segments[i].data, io->segments[i].bytes);
        to += io->segments[i].bytes;
    }
    return disk->event_count - 1;
}

/* What was recorded when the write was submitted must still be what it writes. */
static void check_unchanged(const struct disk *disk, const struct pending *pending)
{
    const struct event *event = &disk->events[pending->event];

    if (memcmp(disk->bytes + event->offset, event->data, event->bytes) != 0) {
        fprintf(stderr, "crashdisk: workload: data changed while it was written\n");
        exit(1);
    }
}

static void record_done(struct disk *disk, const struct pending *pending)
{
    if (pending->io->kind == EXT4_IO_FLUSH) {
        *add_event(disk) =
            (struct event){.kind = EVENT_FLUSHED, .flush_submitted = pending->submitted};
    } else if (pending->io->kind == EXT4_IO_WRITE) {
        check_unchanged(disk, pending);
        disk->events[pending->event].done_at = disk->moment;
        if (pending->io->fua) {
            *add_event(disk) = (struct event){.kind = EVENT_FUA_DONE, .write = pending->event};
        }
    }
}

/* ---- requests ------------------------------------------------------------ */

static void move_data(struct disk *disk, const struct ext4_io *io)
{
    uint8_t *at = disk->bytes + io->offset_bytes;

    for (uint32_t i = 0; i < io->segment_count; i++) {
        if (io->kind == EXT4_IO_READ) {
            memcpy(io->segments[i].data, at, io->segments[i].bytes);
        } else {
            memcpy(at, io->segments[i].data, io->segments[i].bytes);
        }
        at += io->segments[i].bytes;
    }
}

static void finish(struct disk *disk, const struct pending *pending)
{
    disk->moment++;
    move_data(disk, pending->io);
    if (disk->recording) {
        record_done(disk, pending);
    }
    pending->io->status = EXT4_OK;
    pending->io->done = true;
}

void disk_answer(struct disk *disk)
{
    uint32_t chosen;
    struct pending pending;

    if (disk->pending_count == 0) {
        fprintf(stderr, "crashdisk: workload: somebody waits for nothing\n");
        exit(1);
    }
    chosen = (next_random(&disk->random) >> 8) % disk->pending_count;
    pending = disk->pending[chosen];
    disk->pending[chosen] = disk->pending[--disk->pending_count];
    finish(disk, &pending);
}

static void submit(void *context, struct ext4_io *io)
{
    struct disk *disk = context;
    struct pending pending = {.io = io, .submitted = ++disk->moment};

    if (io->offset_bytes + io_bytes(io) > disk->size) {
        fprintf(stderr, "crashdisk: I/O beyond the end\n");
        abort();
    }
    if (disk->recording && io->kind == EXT4_IO_WRITE) {
        pending.event = record_write(disk, io);
    }
    if (disk->deferred) {
        if (disk->pending_count == PENDING_MAX) {
            disk_answer(disk);
        }
        disk->pending[disk->pending_count++] = pending;
    } else {
        finish(disk, &pending);
    }
}

/* ---- services ------------------------------------------------------------ */

static void *host_alloc(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void host_free(void *context, void *memory, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(memory);
}

static struct ext4_time host_now(void *context)
{
    struct disk *disk = context;

    return (struct ext4_time){1700000000 + disk->clock++, 5};
}

static void host_wait(void *context, const void *what)
{
    struct disk *disk = context;

    (void)what;
    if (disk->give_way) {
        disk->give_way();
    } else {
        disk_answer(disk);
    }
}

static void host_log(void *context, const char *text)
{
    struct disk *disk = context;

    snprintf(disk->log, sizeof(disk->log), "%s", text);
}

void disk_make(struct disk *disk, const uint8_t *bytes, size_t size)
{
    *disk = (struct disk){.bytes = must(malloc(size)), .size = size, .random = 1};
    memcpy(disk->bytes, bytes, size);
}

void disk_free(struct disk *disk)
{
    for (uint32_t i = 0; i < disk->event_count; i++) {
        free(disk->events[i].data);
    }
    free(disk->events);
    free(disk->bytes);
}

enum ext4_status disk_mount(struct disk *disk, struct ext4_fs **fs)
{
    struct ext4_config config = {
        .device = {.context = disk, .size_bytes = disk->size, .submit = submit},
        .host = {disk, host_alloc, host_free, host_now, host_wait, host_log, NULL},
        .cache_bytes = CACHE_BYTES,
        .inode_count = INODES,
    };

    return ext4_mount(&config, fs);
}

/* ---- power cuts ---------------------------------------------------------- */

void replay_start(struct replay *replay, const struct disk *disk, const uint8_t *first)
{
    *replay = (struct replay){.disk = disk, .bytes = must(malloc(disk->size))};
    replay->loose = must(malloc((disk->event_count + 1) * sizeof(*replay->loose)));
    memcpy(replay->bytes, first, disk->size);
}

void replay_free(struct replay *replay)
{
    free(replay->bytes);
    free(replay->loose);
}

static void apply(uint8_t *bytes, const struct event *event)
{
    memcpy(bytes + event->offset, event->data, event->bytes);
}

/* What was done before the flush was submitted is durable. */
static void settle_flushed(struct replay *replay, uint64_t submitted)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < replay->loose_count; i++) {
        const struct event *event = &replay->disk->events[replay->loose[i]];

        if (event->done_at < submitted) {
            apply(replay->bytes, event);
        } else {
            replay->loose[kept++] = replay->loose[i];
        }
    }
    replay->loose_count = kept;
}

/* FUA makes its own write durable and no other. An older loose write of the same place must not
 * come back over it. */
static void settle_fua(struct replay *replay, uint32_t write)
{
    const struct event *fua = &replay->disk->events[write];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < replay->loose_count; i++) {
        const struct event *event = &replay->disk->events[replay->loose[i]];

        if (replay->loose[i] < write && event->offset < fua->offset + fua->bytes &&
            fua->offset < event->offset + event->bytes) {
            apply(replay->bytes, event);
        } else if (replay->loose[i] != write) {
            replay->loose[kept++] = replay->loose[i];
        }
    }
    replay->loose_count = kept;
    apply(replay->bytes, fua);
}

bool replay_step(struct replay *replay)
{
    const struct event *event = &replay->disk->events[replay->next];

    if (replay->next == replay->disk->event_count) {
        return false;
    }
    switch (event->kind) {
    case EVENT_WRITE: replay->loose[replay->loose_count++] = replay->next; break;
    case EVENT_FLUSHED: settle_flushed(replay, event->flush_submitted); break;
    case EVENT_FUA_DONE: settle_fua(replay, event->write); break;
    case EVENT_MARK: break;
    }
    replay->next++;
    return true;
}

static void apply_torn(uint8_t *bytes, const struct event *event, uint32_t *random)
{
    for (uint32_t at = 0; at < event->bytes; at += SECTOR_BYTES) {
        if (next_random(random) & 0x100) {
            memcpy(bytes + event->offset + at, event->data + at, SECTOR_BYTES);
        }
    }
}

void replay_build(const struct replay *replay, uint64_t subset, uint32_t *random, uint8_t *image)
{
    memcpy(image, replay->bytes, replay->disk->size);
    for (uint32_t i = 0; i < replay->loose_count; i++) {
        const struct event *event = &replay->disk->events[replay->loose[i]];
        uint32_t fate = random ? next_random(random) >> 8 & 7 : 0;

        if (random ? fate < 4 : i < SUBSET_BITS && subset >> i & 1) {
            apply(image, event);
        } else if (random && fate == 4) {
            apply_torn(image, event, random);
        }
    }
}
