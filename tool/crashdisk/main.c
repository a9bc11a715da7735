// SPDX-License-Identifier: BSD-2-Clause
/* crashdisk: cuts the power of a disk in every way that is allowed and looks at what is left. */
#include "workload.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    uint32_t images, seed, steps, workers, fsck_every, mib;
    const char *mkfs;
    const char *keep; /* where a bad image goes */
};

enum { EXHAUSTIVE_WRITES = 5, SUPER_LOG_BLOCK_SIZE = 1024 + 0x18, E2FSCK_GAVE_UP = 8 };

struct trial {
    const struct options *options;
    struct workload *workload;
    struct disk *disk;
    struct replay replay;
    uint8_t *image;
    uint32_t built, judged_by_fsck, unreadable, bad, random;
};

__attribute__((format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "crashdisk: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    exit(1);
}

/* ---- files and e2fsprogs ------------------------------------------------- */

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char command[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    return system(command);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        die("%s: cannot be written", path);
    }
}

static void read_file(const char *path, uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");

    if (!file || fread(bytes, 1, size, file) != size) {
        die("%s: cannot be read", path);
    }
    fclose(file);
}

static void make_path(char *path, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");

    snprintf(path, size, "%s/crashdisk.%d.%s", folder ? folder : "/tmp", (int)getpid(), name);
}

static uint8_t *make_file_system(const struct options *options)
{
    size_t size = (size_t)options->mib << 20;
    uint8_t *bytes = malloc(size);
    char path[256];

    if (!bytes) {
        die("out of memory");
    }
    make_path(path, sizeof(path), "img");
    if (run("PATH=/usr/sbin:/sbin:$PATH mkfs.ext4 -qF %s %s %uM", options->mkfs, path,
            options->mib) != 0) {
        die("mkfs.ext4 %s failed", options->mkfs);
    }
    read_file(path, bytes, size);
    unlink(path);
    return bytes;
}

/* ---- one image ----------------------------------------------------------- */

static void complain(struct trial *trial, const char *who, const char *what)
{
    trial->bad++;
    if (trial->bad <= 10) {
        fprintf(stderr, "crashdisk: seed %u, cut after event %u of %u, image %u, %s: %s\n",
                trial->options->seed, trial->replay.next, trial->disk->event_count, trial->built,
                who, what);
    }
    if (trial->bad == 1 && trial->options->keep) {
        write_file(trial->options->keep, trial->image, trial->disk->size);
    }
}

/* A tear of the only superblock there is: the journal has it whole, but e2fsck does not look there
 * and gives up. Where it would look for a second one depends on the size of blocks. */
static bool has_no_second_super(const struct trial *trial)
{
    uint64_t block_bytes = 1024u << (trial->disk->bytes[SUPER_LOG_BLOCK_SIZE] & 7);

    return trial->disk->size <= 8 * block_bytes * block_bytes;
}

/* e2fsck must find nothing in what we replayed, and must come to the same contents by itself. */
static void judge_by_fsck(struct trial *trial, const struct disk *replayed)
{
    struct disk theirs;
    const char *wrong;
    char path[256];
    int status;

    trial->judged_by_fsck++;
    make_path(path, sizeof(path), "img");
    write_file(path, replayed->bytes, replayed->size);
    if (run("PATH=/usr/sbin:/sbin:$PATH e2fsck -fn %s >%s.out 2>&1", path, path) != 0) {
        complain(trial, "replayed by us", "e2fsck -fn finds:");
        run("cat %s.out >&2", path);
    }
    write_file(path, trial->image, trial->disk->size);
    status = run("PATH=/usr/sbin:/sbin:$PATH e2fsck -fy %s >%s.out 2>&1", path, path);
    if (WEXITSTATUS(status) == E2FSCK_GAVE_UP && has_no_second_super(trial)) {
        trial->unreadable++;
        run("rm -f %s %s.out", path, path);
        return;
    }
    if (run("PATH=/usr/sbin:/sbin:$PATH e2fsck -fn %s >%s.out 2>&1", path, path) != 0) {
        complain(trial, "replayed by e2fsck -fy", "e2fsck -fn still finds:");
        run("cat %s.out >&2", path);
    }
    disk_make(&theirs, trial->image, trial->disk->size);
    read_file(path, theirs.bytes, theirs.size);
    wrong = workload_judge(trial->workload, &theirs, trial->replay.next);
    if (wrong) {
        complain(trial, "replayed by e2fsck -fy", wrong);
    }
    disk_free(&theirs);
    run("rm -f %s %s.out", path, path);
}

static void judge(struct trial *trial)
{
    struct disk ours;
    const char *wrong;

    disk_make(&ours, trial->image, trial->disk->size);
    wrong = workload_judge(trial->workload, &ours, trial->replay.next);
    trial->built++;
    if (wrong) {
        complain(trial, "replayed by us", wrong);
    } else if (trial->options->fsck_every && trial->built % trial->options->fsck_every == 0) {
        judge_by_fsck(trial, &ours);
    }
    disk_free(&ours);
}

/* ---- all images ---------------------------------------------------------- */

/* All subsets of a few loose writes, or some of many; torn ones, too. */
static void try_here(struct trial *trial, uint32_t samples)
{
    uint32_t loose = trial->replay.loose_count;

    if (loose <= EXHAUSTIVE_WRITES && (1u << loose) <= samples) {
        for (uint32_t subset = 0; subset < 1u << loose; subset++) {
            replay_build(&trial->replay, subset, NULL, trial->image);
            judge(trial);
        }
        samples -= 1u << loose;
    }
    for (uint32_t i = 0; loose > 0 && i < samples; i++) {
        replay_build(&trial->replay, 0, &trial->random, trial->image);
        judge(trial);
    }
}

/* Cuts are spread over the whole run; whether and how often at an event is a matter of chance, so
 * that about as many images are built as were asked for. */
static void try_all(struct trial *trial)
{
    const struct options *options = trial->options;
    uint32_t events = trial->disk->event_count;

    while (replay_step(&trial->replay)) {
        uint64_t due = (uint64_t)options->images * trial->replay.next / events;

        if (due > trial->built && next_random(&trial->random) % 4 == 0) {
            try_here(trial, (uint32_t)(due - trial->built));
        }
    }
}

static int run_trial(const struct options *options)
{
    static struct workload workload;
    struct trial trial = {.options = options, .workload = &workload};
    uint8_t *first = make_file_system(options);
    struct disk disk;

    disk_make(&disk, first, (size_t)options->mib << 20);
    disk.recording = true;
    trial.disk = &disk;
    trial.random = options->seed * 40503u | 1;
    workload_run(&workload, &disk, options->seed, options->steps, options->workers);
    replay_start(&trial.replay, &disk, first);
    trial.image = malloc(disk.size);
    if (!trial.image) {
        die("out of memory");
    }
    try_all(&trial);
    if (trial.unreadable > 0) {
        printf("%u images that e2fsck gave up: the only superblock is torn\n", trial.unreadable);
    }
    printf("seed %u, workers %u: %u events, %u images, %u of them also by e2fsck: %u bad\n",
           options->seed, options->workers, disk.event_count, trial.built, trial.judged_by_fsck,
           trial.bad);
    replay_free(&trial.replay);
    free(trial.image);
    disk_free(&disk);
    free(first);
    return trial.bad ? 1 : 0;
}

static void print_help(FILE *to)
{
    fprintf(
        to,
        "crashdisk [--images N] [--seed N] [--steps N] [--workers N] [--fsck-every N]\n"
        "          [--mib N] [--mkfs OPTIONS] [--keep FILE]\n\n"
        "Makes a file system with mkfs.ext4, works on it with lib/ext4, and builds images as\n"
        "power cuts may leave them. Each is mounted and must hold what was promised; every Nth\n"
        "is also given to e2fsck. The first bad image is kept in FILE.\n"
        "Exit status: 0 all images good, 1 some bad, 2 wrong usage.\n");
}

static uint32_t number(const char *name, const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end || value > 100000000) {
        fprintf(stderr, "crashdisk: %s: '%s' is no number\n", name, text);
        exit(2);
    }
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    struct options options = {
        .images = 2000,
        .seed = 1,
        .steps = 120,
        .workers = 1,
        .fsck_every = 50,
        .mib = 12, /* two groups: e2fsck needs a second superblock when a tear hits the first */
        .mkfs = "-b 1024 -J size=1"};
    struct {
        const char *name;
        uint32_t *value;
    } numbers[] = {{"--images", &options.images},         {"--seed", &options.seed},
                   {"--steps", &options.steps},           {"--workers", &options.workers},
                   {"--fsck-every", &options.fsck_every}, {"--mib", &options.mib}};

    for (int i = 1; i < argc; i += 2) {
        bool known = false;

        if (strcmp(argv[i], "--help") == 0) {
            print_help(stdout);
            return 0;
        }
        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]) && i + 1 < argc; n++) {
            if (strcmp(argv[i], numbers[n].name) == 0) {
                *numbers[n].value = number(argv[i], argv[i + 1]);
                known = true;
            }
        }
        if (i + 1 < argc && strcmp(argv[i], "--mkfs") == 0) {
            options.mkfs = argv[i + 1];
            known = true;
        } else if (i + 1 < argc && strcmp(argv[i], "--keep") == 0) {
            options.keep = argv[i + 1];
            known = true;
        }
        if (!known) {
            print_help(stderr);
            return 2;
        }
    }
    if (options.workers == 0 || options.workers > WORKERS_MAX) {
        fprintf(stderr, "crashdisk: 1 to %d workers\n", WORKERS_MAX);
        return 2;
    }
    if (options.steps > STEPS_MAX || options.mib == 0 || options.mib > 1024) {
        fprintf(stderr, "crashdisk: at most %d steps, and 1 to 1024 MiB\n", STEPS_MAX);
        return 2;
    }
    return run_trial(&options);
}
