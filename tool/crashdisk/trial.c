// SPDX-License-Identifier: BSD-2-Clause
#include "trial.h"

#include "program.h"
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    EXHAUSTIVE_WRITES = 5,
    SUPER_LOG_BLOCK_SIZE = 1024 + 0x18,
    E2FSCK_GAVE_UP = 8,
    COMPLAINTS = 10,
    MKFS_WORDS = 32,
};

struct trial {
    const struct options *options;
    struct workload *workload;
    struct disk *disk;
    struct replay replay;
    struct scratch ours, theirs; /* the image, replayed by us and by e2fsck */
    int output;                  /* what a program said */
    uint64_t *fingerprints;      /* of the images that were judged at this cut */
    uint32_t fingerprint_count, fingerprint_room;
    uint32_t built, repeated, judged_by_fsck, unreadable, bad, random;
};

/* ---- complaints ---------------------------------------------------------- */

static void keep_image(const struct trial *trial)
{
    FILE *file = fopen(trial->options->keep, "wb");

    if (!file || fwrite(trial->replay.image, 1, trial->disk->size, file) != trial->disk->size ||
        fclose(file) != 0) {
        die("%s: cannot be written", trial->options->keep);
    }
}

static void complain(struct trial *trial, const char *who, const char *what)
{
    trial->bad++;
    if (trial->bad <= COMPLAINTS) {
        fprintf(stderr, "crashdisk: seed %u, cut after event %u of %u, image %u, %s: %s\n",
                trial->options->seed, trial->replay.next, trial->disk->event_count, trial->built,
                who, what);
    }
    if (trial->bad == 1 && trial->options->keep) {
        keep_image(trial);
    }
}

static void show_output(const struct trial *trial)
{
    char text[1024];
    off_t at = 0;
    ssize_t got;

    while (trial->bad <= COMPLAINTS && (got = pread(trial->output, text, sizeof(text), at)) > 0) {
        fwrite(text, 1, (size_t)got, stderr);
        at += got;
    }
}

/* ---- e2fsprogs ----------------------------------------------------------- */

/* What mkfs.ext4 would choose by chance depends on the seed, so that a run can be repeated. */
static void make_file_system(struct trial *trial, const struct scratch *first)
{
    char *options, *words[MKFS_WORDS] = {NULL}, *word, *rest;
    uint32_t seed = trial->options->seed;
    int count = 0;

    if (asprintf(&options,
                 "mkfs.ext4 -qF -U 5ca1ab1e-0000-4000-8000-%012x "
                 "-E hash_seed=5eed0000-0000-4000-8000-%012x %s",
                 seed, seed, trial->options->mkfs) < 0) {
        die("out of memory");
    }
    for (word = strtok_r(options, " ", &rest); word && count < MKFS_WORDS - 2;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    words[count] = (char *)first->path;
    if (word || program_run(words, trial->output) != 0) {
        show_output(trial);
        die("mkfs.ext4 %s failed", trial->options->mkfs);
    }
    free(options);
}

static int e2fsck(const struct trial *trial, const char *how, const struct scratch *image)
{
    char program[] = "e2fsck";
    char *words[] = {program, (char *)how, (char *)image->path, NULL};

    return program_run(words, trial->output);
}

/* A tear of the only superblock there is: the journal has it whole, but e2fsck does not look there
 * and gives up. Where it would look for a second one depends on the size of blocks. */
static bool has_no_second_super(const struct trial *trial)
{
    uint64_t block_bytes = 1024u << (trial->disk->bytes[SUPER_LOG_BLOCK_SIZE] & 7);

    return trial->disk->size <= 8 * block_bytes * block_bytes;
}

/* ---- one image ----------------------------------------------------------- */

static const char *judge_promises(const struct trial *trial, const struct scratch *image)
{
    struct disk disk = disk_over(image->bytes, image->size);

    return workload_judge(trial->workload, &disk, trial->replay.next);
}

/* e2fsck must find nothing in what we replayed, and must come to the same contents by itself. */
static void judge_by_fsck(struct trial *trial)
{
    const char *wrong;

    if (e2fsck(trial, "-fn", &trial->ours) != 0) {
        complain(trial, "replayed by us", "e2fsck -fn finds:");
        show_output(trial);
    }
    scratch_set(&trial->theirs, trial->replay.image, trial->replay.used);
    if (e2fsck(trial, "-fy", &trial->theirs) == E2FSCK_GAVE_UP && has_no_second_super(trial)) {
        trial->unreadable++;
        return;
    }
    trial->judged_by_fsck++;
    if (e2fsck(trial, "-fn", &trial->theirs) != 0) {
        complain(trial, "replayed by e2fsck -fy", "e2fsck -fn still finds:");
        show_output(trial);
    }
    wrong = judge_promises(trial, &trial->theirs);
    if (wrong) {
        complain(trial, "replayed by e2fsck -fy", wrong);
    }
}

/* Chance, or writes that change nothing, may build the same image again at one cut: the verdict
 * would be the same. */
static bool is_new(struct trial *trial)
{
    uint64_t fingerprint = replay_fingerprint(&trial->replay);

    for (uint32_t i = 0; i < trial->fingerprint_count; i++) {
        if (trial->fingerprints[i] == fingerprint) {
            return false;
        }
    }
    if (trial->fingerprint_count == trial->fingerprint_room) {
        trial->fingerprint_room = trial->fingerprint_room ? 2 * trial->fingerprint_room : 256;
        trial->fingerprints =
            realloc(trial->fingerprints, trial->fingerprint_room * sizeof(fingerprint));
        if (!trial->fingerprints) {
            die("out of memory");
        }
    }
    trial->fingerprints[trial->fingerprint_count++] = fingerprint;
    return true;
}

static void judge(struct trial *trial)
{
    const char *wrong;

    if (!is_new(trial)) {
        trial->repeated++;
        return;
    }
    scratch_set(&trial->ours, trial->replay.image, trial->replay.used);
    wrong = judge_promises(trial, &trial->ours);
    trial->built++;
    if (wrong) {
        complain(trial, "replayed by us", wrong);
    } else if (trial->options->fsck_every && trial->built % trial->options->fsck_every == 0) {
        judge_by_fsck(trial);
    }
}

/* ---- all images ---------------------------------------------------------- */

/* All subsets of a few loose writes, or some of many; torn ones, too. */
static void try_here(struct trial *trial, uint32_t samples)
{
    uint32_t loose = trial->replay.loose_count;

    trial->fingerprint_count = 0;
    if (loose <= EXHAUSTIVE_WRITES && (1u << loose) <= samples) {
        for (uint32_t subset = 0; subset < 1u << loose; subset++) {
            replay_build(&trial->replay, subset, NULL);
            judge(trial);
        }
        samples -= 1u << loose;
    }
    for (uint32_t i = 0; loose > 0 && i < samples; i++) {
        replay_build(&trial->replay, 0, &trial->random);
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

static void print_result(const struct trial *trial)
{
    const struct options *options = trial->options;

    if (trial->unreadable > 0) {
        printf("%u images that e2fsck gave up: the only superblock is torn\n", trial->unreadable);
    }
    printf("seed %u, workers %u: %u events, %u images (%u repeats left out), %u of them also by "
           "e2fsck: %u bad\n",
           options->seed, options->workers, trial->disk->event_count, trial->built, trial->repeated,
           trial->judged_by_fsck, trial->bad);
}

int trial_run(const struct options *options)
{
    static struct workload workload;
    struct trial trial = {.options = options, .workload = &workload};
    size_t size = (size_t)options->mib << 20;
    struct scratch first;
    struct disk disk;

    program_find_all();
    trial.output = memfd_create("output", MFD_CLOEXEC);
    scratch_make(&first, size);
    make_file_system(&trial, &first);
    disk_make(&disk, first.bytes, size);
    disk.recording = true;
    trial.disk = &disk;
    trial.random = options->seed * 40503u | 1;
    disk.data_mode = options->data_mode;
    workload_run(&workload, &disk, options->seed, options->steps, options->workers);
    replay_start(&trial.replay, &disk, first.bytes);
    scratch_free(&first);
    scratch_make(&trial.ours, size);
    scratch_make(&trial.theirs, size);
    try_all(&trial);
    print_result(&trial);
    scratch_free(&trial.theirs);
    scratch_free(&trial.ours);
    replay_free(&trial.replay);
    free(trial.fingerprints);
    disk_free(&disk);
    close(trial.output);
    return trial.bad ? 1 : 0;
}
