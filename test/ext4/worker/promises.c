// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/promises.h"
#include "test/ext4/worker/random.h"
#include "test/ext4/worker/work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEPT = 200, LOGS = 3, REPLACED = 4, LARGEST = 60000, RECORD = 3000, STEPS_BETWEEN = 12 };
enum { VERSION_BYTES = 4, LINE_BYTES = 100, NAME_BYTES = 40 };

struct maker {
    const struct files *files;
    struct work work;
    uint32_t random, seed, kept;
    uint32_t log_bytes[LOGS], versions[REPLACED];
    void (*say)(const char *line);
};

/* ---- patterns ------------------------------------------------------------ */

/* Byte `at` of what a file of this kind and number has. */
static uint8_t pattern(char kind, uint32_t number, uint32_t at)
{
    uint32_t word = (at / 4 + 1) * 2654435761u ^ (number * 40503u + (uint32_t)kind) * 2246822519u;

    word ^= word >> 15;
    return (uint8_t)(word * 2654435761u >> (8 + at % 4 * 5));
}

static void fill(uint8_t *data, char kind, uint32_t number, uint32_t from, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        data[i] = pattern(kind, number, from + i);
    }
}

static uint32_t version_bytes(uint32_t version)
{
    return VERSION_BYTES + version * 7919u % LARGEST;
}

static void fill_version(uint8_t *data, uint32_t number, uint32_t version)
{
    memcpy(data, &version, VERSION_BYTES);
    fill(data + VERSION_BYTES, 'r', number * 100000 + version, 0,
         version_bytes(version) - VERSION_BYTES);
}

/* ---- making -------------------------------------------------------------- */

static void must(const struct maker *maker, int number, const char *what)
{
    char line[LINE_BYTES];

    if (number != 0) {
        snprintf(line, sizeof(line), "refused %s: %s", what, strerror(number));
        maker->say(line);
        exit(1);
    }
}

static void write_whole(const struct maker *maker, const char *path, const void *data,
                        uint32_t bytes)
{
    void *context = maker->files->context;

    maker->files->unlink(context, path);
    must(maker, maker->files->make(context, path, S_IFREG | 0644, 0, 0), "create");
    must(maker, maker->files->write(context, path, 0, data, bytes), "write");
}

static void sync_and_say(const struct maker *maker, const char *path, const char *kind,
                         uint32_t number, uint32_t value)
{
    char line[LINE_BYTES];

    must(maker, maker->files->fsync(maker->files->context, path), "fsync");
    snprintf(line, sizeof(line), "%s %u %u", kind, number, value);
    maker->say(line);
}

static void keep_one(struct maker *maker)
{
    static uint8_t data[LARGEST];
    uint32_t bytes = 1 + random_below(&maker->random, LARGEST - 1), number = maker->kept++;
    char path[NAME_BYTES];

    snprintf(path, sizeof(path), "kept/%u", number);
    fill(data, 'k', number, 0, bytes);
    write_whole(maker, path, data, bytes);
    sync_and_say(maker, path, "kept", number, bytes);
}

static void append_one(struct maker *maker)
{
    static uint8_t data[RECORD];
    uint32_t number = random_below(&maker->random, LOGS);
    uint32_t bytes = 1 + random_below(&maker->random, RECORD - 1);
    char path[NAME_BYTES];

    snprintf(path, sizeof(path), "log/%u", number);
    fill(data, 'l', number, maker->log_bytes[number], bytes);
    must(maker,
         maker->files->write(maker->files->context, path, maker->log_bytes[number], data, bytes),
         "append");
    maker->log_bytes[number] += bytes;
    if (random_below(&maker->random, 3) == 0) {
        sync_and_say(maker, path, "log", number, maker->log_bytes[number]);
    }
}

static void replace_one(struct maker *maker)
{
    static uint8_t data[VERSION_BYTES + LARGEST];
    uint32_t number = random_below(&maker->random, REPLACED), version = ++maker->versions[number];
    char path[NAME_BYTES], other[NAME_BYTES];

    snprintf(path, sizeof(path), "replaced/%u", number);
    snprintf(other, sizeof(other), "replaced/%u.new", number);
    fill_version(data, number, version);
    write_whole(maker, other, data, version_bytes(version));
    must(maker, maker->files->fsync(maker->files->context, other), "fsync");
    must(maker, maker->files->rename(maker->files->context, other, path, REPLACE), "rename");
    if (random_below(&maker->random, 2) == 0) {
        sync_and_say(maker, "replaced", "replaced", number, version);
    }
}

static void prepare_folder(const struct files *files, const char *folder)
{
    char path[NAME_BYTES];

    files->make(files->context, folder, S_IFDIR | 0755, 0, 0);
    for (uint32_t i = 0; i < KEPT; i++) {
        snprintf(path, sizeof(path), "%s/%u", folder, i);
        files->unlink(files->context, path);
    }
}

static void prepare(struct maker *maker)
{
    char path[NAME_BYTES];

    prepare_folder(maker->files, "kept");
    prepare_folder(maker->files, "log");
    prepare_folder(maker->files, "replaced");
    for (uint32_t i = 0; i < LOGS; i++) {
        snprintf(path, sizeof(path), "log/%u", i);
        write_whole(maker, path, "", 0);
    }
    must(maker, maker->files->sync(maker->files->context), "sync");
}

void promises_make(const struct files *files, uint32_t seed, uint32_t rounds,
                   void (*say)(const char *line))
{
    struct maker maker = {.files = files, .random = random_start(seed), .say = say};
    static void (*const ways[])(struct maker *) = {keep_one, append_one, append_one, replace_one};

    work_start(&maker.work, files, seed, NULL);
    prepare(&maker);
    for (uint32_t round = 0; rounds == 0 || round < rounds; round++) {
        uint32_t way = random_below(&maker.random, 4);

        for (uint32_t i = random_below(&maker.random, STEPS_BETWEEN); i > 0; i--) {
            work_step(&maker.work);
        }
        if (way != 0 || maker.kept < KEPT) {
            ways[way](&maker);
        }
        if (random_below(&maker.random, 40) == 0) {
            work_crowd(&maker.work, 300);
        }
    }
    files->let_go(files->context);
}

/* ---- judging ------------------------------------------------------------- */

/* Into `data`, LARGEST and more; the size, or -1. */
static int64_t read_whole(const struct files *files, const char *path, uint8_t *data, size_t room)
{
    struct facts facts;
    size_t done;

    if (files->facts(files->context, path, &facts) != 0 || facts.size > room ||
        files->read(files->context, path, 0, data, room, &done) != 0 || done != facts.size) {
        return -1;
    }
    return (int64_t)done;
}

/* Bytes from `sure` on may also be zero. */
static bool has_pattern(const uint8_t *data, char kind, uint32_t number, uint32_t bytes,
                        uint32_t sure)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if (data[i] != pattern(kind, number, i) && !(i >= sure && data[i] == 0)) {
            return false;
        }
    }
    return true;
}

static bool is_version(const uint8_t *data, int64_t bytes, uint32_t number, uint32_t least)
{
    uint32_t version;

    if (bytes < VERSION_BYTES) {
        return false;
    }
    memcpy(&version, data, VERSION_BYTES);
    return version >= least && bytes == version_bytes(version) &&
           has_pattern(data + VERSION_BYTES, 'r', number * 100000 + version,
                       (uint32_t)bytes - VERSION_BYTES, UINT32_MAX);
}

static bool holds(const struct files *files, bool zeros, const char *kind, uint32_t number,
                  uint32_t value, int64_t *found)
{
    static uint8_t data[4 << 20];
    char path[NAME_BYTES];

    snprintf(path, sizeof(path), "%.20s/%u", kind, number);
    *found = read_whole(files, path, data, sizeof(data));
    if (strcmp(kind, "kept") == 0) {
        return *found == value && has_pattern(data, 'k', number, value, value);
    }
    if (strcmp(kind, "log") == 0) {
        return *found >= value &&
               has_pattern(data, 'l', number, (uint32_t)*found, zeros ? value : UINT32_MAX);
    }
    return is_version(data, *found, number, value);
}

int promises_judge(const struct files *files, bool zeros, FILE *from, FILE *to)
{
    char kind[LINE_BYTES];
    uint32_t number, value;
    int count = 0, broken = 0;
    int64_t found;

    while (fscanf(from, "%20s %u %u", kind, &number, &value) == 3) {
        count++;
        if (!holds(files, zeros, kind, number, value, &found)) {
            fprintf(to, "broken %s %u %u: there are %" PRId64 " bytes\n", kind, number, value,
                    found);
            broken++;
        }
    }
    return broken ? -1 : count;
}
