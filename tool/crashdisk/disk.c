// SPDX-License-Identifier: BSD-2-Clause
#include "disk.h"

#include <stdarg.h>
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

void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "crashdisk: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    exit(1);
}

static void *must(void *memory)
{
    if (!memory) {
        die("out of memory");
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
        die("workload: data changed while it was written");
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
        die("workload: somebody waits for nothing");
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

struct disk disk_over(uint8_t *bytes, size_t size)
{
    return (struct disk){.bytes = bytes, .size = size, .random = 1};
}

void disk_make(struct disk *disk, const uint8_t *bytes, size_t size)
{
    *disk = disk_over(must(malloc(size)), size);
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
        .data_mode = disk->data_mode,
    };

    return ext4_mount(&config, fs);
}

/* ---- power cuts ---------------------------------------------------------- */

static void mark_used(struct replay *replay, uint64_t offset, uint32_t bytes)
{
    for (uint64_t page = offset / PAGE_BYTES; page * PAGE_BYTES < offset + bytes; page++) {
        replay->used[page] = true;
    }
}

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, PAGE_BYTES - 1) == 0;
}

void replay_start(struct replay *replay, const struct disk *disk, const uint8_t *first)
{
    size_t pages = disk->size / PAGE_BYTES;

    *replay = (struct replay){.disk = disk,
                              .bytes = must(malloc(disk->size)),
                              .image = must(malloc(disk->size)),
                              .loose = must(calloc(disk->event_count + 1, sizeof(uint32_t))),
                              .used = must(calloc(pages, 1)),
                              .patched = must(calloc(pages, 1)),
                              .patches = must(calloc(pages, sizeof(uint32_t)))};
    memcpy(replay->bytes, first, disk->size);
    memcpy(replay->image, first, disk->size);
    for (size_t page = 0; page < pages; page++) {
        replay->used[page] = !is_zero(first + page * PAGE_BYTES);
    }
}

void replay_free(struct replay *replay)
{
    free(replay->bytes);
    free(replay->image);
    free(replay->loose);
    free(replay->used);
    free(replay->patched);
    free(replay->patches);
}

static void undo_patches(struct replay *replay)
{
    for (uint32_t i = 0; i < replay->patch_count; i++) {
        size_t at = (size_t)replay->patches[i] * PAGE_BYTES;

        memcpy(replay->image + at, replay->bytes + at, PAGE_BYTES);
        replay->patched[replay->patches[i]] = false;
    }
    replay->patch_count = 0;
}

static void patch(struct replay *replay, const struct event *event, uint32_t at, uint32_t bytes)
{
    uint64_t offset = event->offset + at;

    for (uint64_t page = offset / PAGE_BYTES; page * PAGE_BYTES < offset + bytes; page++) {
        if (!replay->patched[page]) {
            replay->patched[page] = true;
            replay->patches[replay->patch_count++] = (uint32_t)page;
        }
    }
    memcpy(replay->image + offset, event->data + at, bytes);
}

/* The write is there from now on, whatever happens. */
static void settle(struct replay *replay, const struct event *event)
{
    undo_patches(replay);
    memcpy(replay->bytes + event->offset, event->data, event->bytes);
    memcpy(replay->image + event->offset, event->data, event->bytes);
}

/* What was done before the flush was submitted is durable. */
static void settle_flushed(struct replay *replay, uint64_t submitted)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < replay->loose_count; i++) {
        const struct event *event = &replay->disk->events[replay->loose[i]];

        if (event->done_at < submitted) {
            settle(replay, event);
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
            settle(replay, event);
        } else if (replay->loose[i] != write) {
            replay->loose[kept++] = replay->loose[i];
        }
    }
    replay->loose_count = kept;
    settle(replay, fua);
}

bool replay_step(struct replay *replay)
{
    const struct event *event = &replay->disk->events[replay->next];

    if (replay->next == replay->disk->event_count) {
        return false;
    }
    switch (event->kind) {
    case EVENT_WRITE:
        mark_used(replay, event->offset, event->bytes);
        replay->loose[replay->loose_count++] = replay->next;
        break;
    case EVENT_FLUSHED: settle_flushed(replay, event->flush_submitted); break;
    case EVENT_FUA_DONE: settle_fua(replay, event->write); break;
    case EVENT_MARK: break;
    }
    replay->next++;
    return true;
}

static void patch_torn(struct replay *replay, const struct event *event, uint32_t *random)
{
    for (uint32_t at = 0; at < event->bytes; at += SECTOR_BYTES) {
        if (next_random(random) & 0x100) {
            patch(replay, event, at, SECTOR_BYTES);
        }
    }
}

void replay_build(struct replay *replay, uint64_t subset, uint32_t *random)
{
    undo_patches(replay);
    for (uint32_t i = 0; i < replay->loose_count; i++) {
        const struct event *event = &replay->disk->events[replay->loose[i]];
        uint32_t fate = random ? next_random(random) >> 8 & 7 : 0;

        if (random ? fate < 4 : i < SUBSET_BITS && subset >> i & 1) {
            patch(replay, event, 0, event->bytes);
        } else if (random && fate == 4) {
            patch_torn(replay, event, random);
        }
    }
}

static uint64_t page_hash(const uint8_t *page, uint64_t hash)
{
    for (size_t at = 0; at < PAGE_BYTES; at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, page + at, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

/* Of the pages that differ from what is surely there, in whatever order they were patched. */
uint64_t replay_fingerprint(const struct replay *replay)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < replay->patch_count; i++) {
        size_t at = (size_t)replay->patches[i] * PAGE_BYTES;

        if (memcmp(replay->image + at, replay->bytes + at, PAGE_BYTES) != 0) {
            sum += page_hash(replay->image + at, replay->patches[i] + 1);
        }
    }
    return sum;
}
