// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz.ext4.hostile: damaged images are mounted, walked, read and changed. Whatever the damage: no
 * crash, no endless loop, no memory but what was given at mount, no write where none may be, and no
 * result that cannot be. hostile/input.h says what an input is.
 *
 *   hostile_fuzz [--short] [--seed N] [--runs N] [--corpus FILE]...   random inputs, and those kept
 *   hostile_fuzz --input HEX                                        one input
 *   hostile_fuzz --unpack FOLDER [--corpus FILE]                      as files, for libFuzzer
 *
 * A corpus is a text: an input a line, in hexadecimal digits; # begins a remark.
 */
#include "hostile/input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHORT_RUNS = 4000, LINE_MAX = 4096, SECONDS_MAX = 20, CORPORA_MAX = 4 };

static const char *const kept[] = {"lib/ext4/test/hostile/corpus", "lib/ext4/test/hostile/found"};

struct options {
    uint32_t seed;
    unsigned long runs;
    const char *input, *unpack;
    const char *corpora[CORPORA_MAX];
    unsigned corpus_count;
};

/* The input that is played, for whoever sees the player die. */
struct playing {
    uint8_t bytes[sizeof(struct input)];
    size_t size;
    unsigned long count;
};

static struct playing *playing;

static void play(const uint8_t *bytes, size_t size)
{
    memcpy(playing->bytes, bytes, size);
    playing->size = size;
    playing->count++;
    alarm(SECONDS_MAX);
    hostile_run(bytes, size);
    alarm(0);
}

/* ---- texts --------------------------------------------------------------- */

static size_t from_hex(const char *text, uint8_t *bytes, size_t room)
{
    size_t size = 0;
    unsigned byte;

    while (size < room && sscanf(text + 2 * size, "%2x", &byte) == 1) {
        bytes[size++] = (uint8_t)byte;
    }
    return size;
}

static void each_line(const char *path, void (*use)(const uint8_t *bytes, size_t size, void *more),
                      void *more)
{
    static char line[LINE_MAX];
    uint8_t bytes[sizeof(struct input)];
    FILE *file = fopen(path, "r");

    if (!file) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof(line), file)) {
        size_t size = line[0] == '#' ? 0 : from_hex(line, bytes, sizeof(bytes));

        if (size > 0) {
            use(bytes, size, more);
        }
    }
    fclose(file);
}

static void play_line(const uint8_t *bytes, size_t size, void *more)
{
    (void)more;
    play(bytes, size);
}

static void unpack_line(const uint8_t *bytes, size_t size, void *more)
{
    static unsigned count;
    char path[LINE_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%05u", (const char *)more, count++);
    file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size) {
        perror(path);
        exit(2);
    }
    fclose(file);
}

static void each_input(const struct options *options,
                       void (*use)(const uint8_t *bytes, size_t size, void *more), void *more)
{
    for (unsigned i = 0; i < options->corpus_count; i++) {
        each_line(options->corpora[i], use, more);
    }
}

/* ---- playing ------------------------------------------------------------- */

static void play_random(const struct options *options)
{
    for (unsigned long i = 0; i < options->runs; i++) {
        struct dice dice = {(options->seed * 1000003u + (uint32_t)i) * 2654435761u | 1};
        uint8_t bytes[sizeof(struct input)];
        struct input input;

        input_generate(&input, &dice);
        play(bytes, input_encode(&input, bytes, sizeof(bytes)));
    }
}

static void play_all(const struct options *options)
{
    uint8_t bytes[sizeof(struct input)];

    if (options->input) {
        play(bytes, from_hex(options->input, bytes, sizeof(bytes)));
        return;
    }
    each_input(options, play_line, NULL);
    play_random(options);
}

/* In a process of its own, so that somebody is left to say what killed it. */
static int run(const struct options *options)
{
    int status;
    pid_t child;

    for (uint32_t format = 0; format < image_formats(); format++) {
        image_get(format);
    }
    child = fork();
    if (child == 0) {
        play_all(options);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (status == 0) {
        printf("%lu damaged images\n", playing->count);
        return 0;
    }
    fprintf(stderr, "input %lu ended with %s %d; again:\nhostile_fuzz --input ", playing->count,
            WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    for (size_t i = 0; i < playing->size; i++) {
        fprintf(stderr, "%02x", playing->bytes[i]);
    }
    fprintf(stderr, "\n");
    return 1;
}

static void take_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0) {
        options->seed = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(name, "--runs") == 0) {
        options->runs = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--input") == 0) {
        options->input = value;
    } else if (strcmp(name, "--unpack") == 0) {
        options->unpack = value;
    } else if (strcmp(name, "--corpus") == 0 && options->corpus_count < CORPORA_MAX) {
        options->corpora[options->corpus_count++] = value;
    } else {
        fprintf(stderr, "unknown: %s\n", name);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .runs = 1000000};
    int first = 1;

    if (argc > 1 && strcmp(argv[1], "--short") == 0) {
        options.runs = SHORT_RUNS;
        options.corpora[0] = kept[0];
        options.corpora[1] = kept[1];
        options.corpus_count = 2;
        first = 2;
    }
    for (int i = first; i + 1 < argc; i += 2) {
        take_option(&options, argv[i], argv[i + 1]);
    }
    playing =
        mmap(NULL, sizeof(*playing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (playing == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    if (options.unpack) {
        each_input(&options, unpack_line, (void *)(uintptr_t)options.unpack);
        return 0;
    }
    return run(&options);
}
