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

static void record(struct disk *disk, const struct ext4_io *io)
{
    struct event *event = add_event(disk);

    *event = (struct event){io->kind, io->fua, io->offset_bytes, io_bytes(io), NULL};
    if (event->bytes > 0) {
        event->data = must(malloc(event->bytes));
        memcpy(event->data, disk->bytes + event->offset, event->bytes);
    }
}

static void submit(void *context, struct ext4_io *io)
{
    struct disk *disk = context;
    uint8_t *at = disk->bytes + io->offset_bytes;

    if (io->offset_bytes + io_bytes(io) > disk->size) {
        fprintf(stderr, "crashdisk: I/O beyond the end\n");
        abort();
    }
    for (uint32_t i = 0; i < io->segment_count; i++) {
        if (io->kind == EXT4_IO_READ) {
            memcpy(io->segments[i].data, at, io->segments[i].bytes);
        } else {
            memcpy(at, io->segments[i].data, io->segments[i].bytes);
        }
        at += io->segments[i].bytes;
    }
    if (disk->recording && io->kind != EXT4_IO_READ) {
        record(disk, io);
    }
    io->status = EXT4_OK;
    io->done = true;
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
    (void)context;
    (void)what;
    abort();
}

static void host_log(void *context, const char *text)
{
    struct disk *disk = context;

    snprintf(disk->log, sizeof(disk->log), "%s", text);
}

void disk_make(struct disk *disk, const uint8_t *bytes, size_t size)
{
    *disk = (struct disk){.bytes = must(malloc(size)), .size = size};
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
        .host = {disk, host_alloc, host_free, host_now, host_wait, host_log},
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

/* FUA makes its own write durable and no other. An older loose write of the same place must not
 * come back over it. */
static void settle_fua(struct replay *replay, const struct event *fua)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < replay->loose_count; i++) {
        const struct event *event = &replay->disk->events[replay->loose[i]];

        if (event->offset < fua->offset + fua->bytes &&
            fua->offset < event->offset + event->bytes) {
            apply(replay->bytes, event);
        } else {
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
    if (event->kind == EXT4_IO_FLUSH) {
        for (uint32_t i = 0; i < replay->loose_count; i++) {
            apply(replay->bytes, &replay->disk->events[replay->loose[i]]);
        }
        replay->loose_count = 0;
    } else if (event->fua) {
        settle_fua(replay, event);
    } else {
        replay->loose[replay->loose_count++] = replay->next;
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
