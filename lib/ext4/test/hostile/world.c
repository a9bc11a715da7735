// SPDX-License-Identifier: BSD-2-Clause
#include "world.h"

#include "../../src/disk.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    REQUESTS_PER_CALL = 40000,
    SMALL_CACHE = 400 * 1024,
    LARGE_CACHE = 1024 * 1024,
    INODES = 32,
    BLOCK_BYTES_MIN = 1024,
    /* What a mount may take beside the cache, on disks of this size. */
    MOUNT_BYTES = 1280 * 1024,
    /* To say that there is damage, a superblock. */
    LATER_BYTES = 1024,
};

_Noreturn void world_fail(const struct world *world, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", world->doing);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nlog:\n%s", world->rig.log);
    abort();
}

/* ---- the disk: a copy of each image, undone after each run ----------------- */

static struct {
    uint8_t *bytes;
    uint8_t touched[PAGES_MAX];
    uint32_t pages[PAGES_MAX], page_count;
    const struct image *image;
} copies[64];

static void (*rig_submit)(void *context, struct ext4_io *io);

void world_touch(struct world *world, uint64_t offset, uint64_t bytes)
{
    uint32_t format = world->input->head.format % image_formats();

    for (uint64_t page = offset / PAGE_BYTES; page <= (offset + bytes - 1) / PAGE_BYTES; page++) {
        if (!copies[format].touched[page]) {
            copies[format].touched[page] = 1;
            copies[format].pages[copies[format].page_count++] = (uint32_t)page;
        }
    }
}

static void undo(uint32_t format)
{
    for (uint32_t i = 0; i < copies[format].page_count; i++) {
        size_t at = (size_t)copies[format].pages[i] * PAGE_BYTES;

        memcpy(copies[format].bytes + at, copies[format].image->fresh.bytes + at, PAGE_BYTES);
        copies[format].touched[copies[format].pages[i]] = 0;
    }
    copies[format].page_count = 0;
}

static uint8_t *copy_of(struct image *image, uint32_t format)
{
    if (!copies[format].bytes) {
        copies[format].image = image;
        copies[format].bytes = malloc(image->fresh.size_bytes);
        memcpy(copies[format].bytes, image->fresh.bytes, image->fresh.size_bytes);
    }
    return copies[format].bytes;
}

static uint64_t bytes_of(const struct ext4_io *io)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < io->segment_count; i++) {
        bytes += io->segments[i].bytes;
    }
    return bytes;
}

static void submit(void *context, struct ext4_io *io)
{
    struct world *world = context;
    struct rig *rig = &world->rig;
    uint64_t bytes = bytes_of(io);

    if (io->offset_bytes > rig->size_bytes || bytes > rig->size_bytes - io->offset_bytes) {
        world_fail(world, "%llu bytes at %llu of the device", (unsigned long long)bytes,
                   (unsigned long long)io->offset_bytes);
    }
    if (rig->reads + rig->writes + rig->flushes > world->requests_max) {
        world_fail(world, "does not end");
    }
    if (io->kind == EXT4_IO_WRITE) {
        if (!world->may_write) {
            world_fail(world, "writes at %llu, but must not", (unsigned long long)io->offset_bytes);
        }
        world_touch(world, io->offset_bytes, bytes);
        world->wrote_first_marks =
            world->wrote ? world->wrote_first_marks : io->fua || !guard_sees_journal(world);
        world->wrote = true;
    }
    guard_raise(world);
    rig_submit(rig, io);
}

/* ---- calls --------------------------------------------------------------- */

void world_enter(struct world *world, const char *doing)
{
    world->doing = doing;
    world->requests_max =
        world->rig.reads + world->rig.writes + world->rig.flushes + REQUESTS_PER_CALL;
}

enum ext4_status world_leave(struct world *world, enum ext4_status status)
{
    if (status >= EXT4_STATUS_COUNT) {
        world_fail(world, "status %d", status);
    }
    if (world->mounted && (world->rig.allocated_bytes > world->mounted_bytes ||
                           world->rig.allocated_most > world->mounted_bytes + LATER_BYTES)) {
        world_fail(world, "took memory after the mount: %zu, at most %zu, before %zu",
                   world->rig.allocated_bytes, world->rig.allocated_most, world->mounted_bytes);
    }
    return status;
}

/* A replay that began went to its end. Else, if there is a journal, the first thing written is its
 * superblock, at once, when everything was looked at. */
static void check_failed_mount(struct world *world, enum ext4_status status)
{
    bool failed_disk =
        world->input->head.fail_read.bytes[0] | world->input->head.fail_read.bytes[1] |
        world->input->head.fail_write.bytes[0] | world->input->head.fail_write.bytes[1];

    if (world->rig.allocated_bytes != 0) {
        world_fail(world, "a failed mount keeps %zu bytes", world->rig.allocated_bytes);
    }
    if (world->wrote && !world->wrote_first_marks && !failed_disk &&
        !strstr(world->rig.log, "journal replayed")) {
        world_fail(world, "a mount that failed (%s) wrote before it knew",
                   ext4_status_text(status));
    }
}

void world_mount(struct world *world)
{
    size_t guards = (world->rig.config.cache_bytes / BLOCK_BYTES_MIN + INODES) * GUARD_BYTES;
    enum ext4_status status;

    world->may_write = !world->rig.config.device.read_only;
    world->wrote = false;
    world->rig.allocated_most = 0;
    world->mounted = false;
    guard_begin_mount(world);
    world_enter(world, "mount");
    status = rig_mount(&world->rig);
    if (world->rig.allocated_most > world->rig.config.cache_bytes + guards + MOUNT_BYTES) {
        world_fail(world, "takes %zu bytes", world->rig.allocated_most);
    }
    if (status != EXT4_OK) {
        check_failed_mount(world, status);
    }
    world->mounted = status == EXT4_OK;
    world->mounted_bytes = world->rig.allocated_most = world->rig.allocated_bytes;
    world->may_write = world->may_write && !world->rig.config.read_only;
    (void)world_leave(world, status);
}

void world_put(struct world *world, uint32_t slot)
{
    if (world->slots[slot]) {
        world_enter(world, "put");
        ext4_inode_put(world->slots[slot]);
        (void)world_leave(world, EXT4_OK);
    }
    world->slots[slot] = NULL;
}

void world_unmount(struct world *world, bool crash)
{
    if (!world->mounted) {
        return;
    }
    for (uint32_t i = 0; i < SLOTS; i++) {
        world_put(world, i);
    }
    world_enter(world, "unmount");
    if (crash) {
        rig_crash(&world->rig);
    } else if (world_leave(world, rig_unmount(&world->rig)) == EXT4_BUSY) {
        world_fail(world, "busy, but nothing is open");
    }
    world->mounted = false;
    if (world->rig.allocated_bytes != 0) {
        world_fail(world, "keeps %zu bytes", world->rig.allocated_bytes);
    }
}

/* ---- begin and end ------------------------------------------------------- */

static void configure(struct world *world)
{
    const struct head *head = &world->input->head;
    struct rig *rig = &world->rig;

    rig->deferred = head->flags & HEAD_DEFERRED;
    rig->random = le16_get(&head->random);
    rig->fail_read = le16_get(&head->fail_read);
    rig->fail_write = le16_get(&head->fail_write);
    rig->fail_alloc = le16_get(&head->fail_alloc);
    rig->config.cache_bytes = head->flags & HEAD_LARGE_CACHE ? LARGE_CACHE : SMALL_CACHE;
    rig->config.inode_count = INODES;
    rig->config.policy = (enum ext4_policy)(head->policy % (EXT4_ON_ERROR_REFUSE + 1));
    rig->config.data_mode = (enum ext4_data_mode)(head->data_mode % (EXT4_DATA_JOURNAL + 1));
    rig->config.read_only = head->flags & HEAD_READ_ONLY;
    rig->config.device.read_only = head->flags & HEAD_READ_ONLY_DEVICE;
    guard_configure(world);
    if (!rig->deferred) {
        rig->config.host.self = NULL; /* checking the order of locks takes time */
    }
}

void world_begin(struct world *world, const struct input *input)
{
    uint32_t format = input->head.format % image_formats();
    struct image *image = image_get(format);

    memset(world, 0, sizeof(*world));
    world->input = input;
    world->image = image;
    world->dice.state = le16_get(&input->head.random) * 2654435761u | 1;
    rig_attach(&world->rig, copy_of(image, format), image->fresh.size_bytes);
    configure(world);
    rig_submit = world->rig.config.device.submit;
    world->rig.config.device.submit = submit;
}

void world_end(struct world *world)
{
    world_unmount(world, false);
    undo(world->input->head.format % image_formats());
}
