// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/image.h"
#include "lib/ext4/test/support/rig.h"
#include "test/ext4/worker/library_files.h"
#include "test/ext4/worker/random.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECTOR_BYTES = 512, CACHE_BYTES = 4 << 20 };

/* A write that no flush has made durable yet. */
struct loose {
    uint64_t offset;
    uint32_t bytes;
    uint8_t *data;
};

struct power {
    const char *path;
    uint8_t *durable;
    size_t size;
    struct loose *loose;
    uint32_t count, room, events, cut_at, random;
};

static struct rig rig;
static struct power power;

static void *must(void *memory)
{
    if (!memory) {
        fprintf(stderr, "worker: out of memory\n");
        exit(1);
    }
    return memory;
}

static void save(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* ---- power --------------------------------------------------------------- */

static void apply(const struct loose *loose)
{
    memcpy(power.durable + loose->offset, loose->data, loose->bytes);
}

static void apply_torn(const struct loose *loose)
{
    for (uint32_t at = 0; at < loose->bytes; at += SECTOR_BYTES) {
        if (random_next(&power.random) & 1) {
            memcpy(power.durable + loose->offset + at, loose->data + at, SECTOR_BYTES);
        }
    }
}

static void settle(void)
{
    for (uint32_t i = 0; i < power.count; i++) {
        apply(&power.loose[i]);
        free(power.loose[i].data);
    }
    power.count = 0;
}

static _Noreturn void cut(void)
{
    for (uint32_t i = 0; i < power.count; i++) {
        uint32_t fate = random_below(&power.random, 8);

        if (fate < 4) {
            apply(&power.loose[i]);
        } else if (fate == 4) {
            apply_torn(&power.loose[i]);
        }
    }
    save(power.path, power.durable, power.size);
    printf("cut\n");
    exit(0);
}

static void keep(const struct ext4_io *io)
{
    struct loose loose = {.offset = io->offset_bytes};
    uint8_t *to;

    for (uint32_t i = 0; i < io->segment_count; i++) {
        loose.bytes += io->segments[i].bytes;
    }
    loose.data = to = must(malloc(loose.bytes));
    for (uint32_t i = 0; i < io->segment_count; i++) {
        memcpy(to, io->segments[i].data, io->segments[i].bytes);
        to += io->segments[i].bytes;
    }
    if (power.count == power.room) {
        power.room = power.room ? power.room * 2 : 256;
        power.loose = must(realloc(power.loose, power.room * sizeof(*power.loose)));
    }
    power.loose[power.count++] = loose;
}

/* The last write goes past the cache. What it overwrites must not come back later. */
static void settle_last(void)
{
    const struct loose last = power.loose[power.count - 1];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < power.count; i++) {
        struct loose loose = power.loose[i];

        if (loose.offset < last.offset + last.bytes && last.offset < loose.offset + loose.bytes) {
            apply(&loose);
            free(loose.data);
        } else {
            power.loose[kept++] = loose;
        }
    }
    power.count = kept;
}

static void watch(void *context, const struct ext4_io *io)
{
    (void)context;
    if (++power.events == power.cut_at) {
        cut();
    }
    if (io->kind == EXT4_IO_FLUSH) {
        settle();
        return;
    }
    keep(io);
    if (io->fua) {
        settle_last();
    }
}

static void prepare_cut(const char *path, uint32_t cut_at, uint32_t seed)
{
    power = (struct power){.path = path,
                           .durable = must(malloc(rig.size_bytes)),
                           .size = rig.size_bytes,
                           .cut_at = cut_at,
                           .random = random_start(seed)};
    memcpy(power.durable, rig.bytes, rig.size_bytes);
    rig.watch = watch;
}

/* ---- the image ----------------------------------------------------------- */

void image_open(struct files *files, const char *path, uint32_t cut_at, uint32_t seed)
{
    struct stat about;
    enum ext4_status status;

    if (stat(path, &about) != 0) {
        perror(path);
        exit(1);
    }
    rig_blank(&rig, (size_t)about.st_size);
    rig_load(&rig, path);
    rig.quiet = false;
    rig.config.cache_bytes = CACHE_BYTES;
    if (cut_at) {
        prepare_cut(path, cut_at, seed);
    }
    status = rig_mount(&rig);
    if (status != EXT4_OK) {
        fprintf(stderr, "worker: %s: %s\n", path, ext4_status_text(status));
        exit(1);
    }
    *files = library_files;
    files->context = &rig;
}

void image_close(const char *path)
{
    enum ext4_status status = rig_unmount(&rig);

    if (status != EXT4_OK) {
        fprintf(stderr, "worker: %s: unmounted with: %s\n", path, ext4_status_text(status));
        exit(1);
    }
    save(path, rig.bytes, rig.size_bytes);
    rig_free(&rig);
}
