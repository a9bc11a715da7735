// SPDX-License-Identifier: BSD-2-Clause
/*
 * Works on ext4 file systems and tells what is in them, in the same way for two implementations:
 *
 *   worker list IMAGE                              a manifest, by lib/ext4
 *   worker work IMAGE SEED STEPS                   works on it, by lib/ext4
 *   worker promise IMAGE SEED ROUNDS [EVENTS]      works and says what must survive; after so many
 *                                                  writes and flushes the power goes
 *   worker judge IMAGE ours < PROMISES             are they kept? What was appended later may be
 *   worker judge IMAGE theirs < PROMISES           zeros where Linux worked
 *   worker guest VERB SEED STEPS                   as the only program of a Linux machine: guest.h
 *   worker cost                                    the same: cost.h
 */
#include "test/ext4/worker/cost.h"
#include "test/ext4/worker/guest.h"
#include "test/ext4/worker/image.h"
#include "test/ext4/worker/manifest.h"
#include "test/ext4/worker/promises.h"
#include "test/ext4/worker/work.h"

#include <stdlib.h>
#include <string.h>

enum { FAILED = 1, USAGE = 2 };

static uint32_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end || value > UINT32_MAX) {
        fprintf(stderr, "worker: '%s' is no number\n", text);
        exit(USAGE);
    }
    return (uint32_t)value;
}

static void print_line(const char *line)
{
    puts(line);
}

static void work(struct files *files, uint32_t seed, uint32_t steps)
{
    struct work doing;

    work_start(&doing, files, seed, stdout);
    work_crowd(&doing, 3 * steps);
    while (doing.step < steps) {
        work_step(&doing);
    }
    files->let_go(files->context);
}

static bool judge(const struct files *files, bool zeros)
{
    int count = promises_judge(files, zeros, stdin, stdout);

    if (count >= 0) {
        printf("judged %d\n", count);
    }
    return count >= 0;
}

/* On an image; `words` are what follows it. */
static int run(const char *verb, const char *path, int count, char **words)
{
    bool judges = strcmp(verb, "judge") == 0, good = true;
    uint32_t given[3] = {0};
    struct files files;

    for (int i = 0; i < count && !judges; i++) {
        given[i] = number(words[i]);
    }
    image_open(&files, path, given[2], given[0]);
    if (judges) {
        good = judge(&files, strcmp(words[0], "theirs") == 0);
    } else if (strcmp(verb, "list") == 0) {
        good = manifest_write(&files, stdout);
    } else if (strcmp(verb, "work") == 0) {
        work(&files, given[0], given[1]);
    } else {
        promises_make(&files, given[0], given[1], print_line);
    }
    image_close(path);
    return good ? 0 : FAILED;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *verb;
        int least, most; /* words after the verb */
    } verbs[] = {{"list", 1, 1}, {"work", 3, 3}, {"promise", 3, 4}, {"judge", 2, 2}};

    if (argc == 5 && strcmp(argv[1], "guest") == 0) {
        return guest_run(argv[2], number(argv[3]), number(argv[4]));
    }
    if (argc == 2 && strcmp(argv[1], "cost") == 0) {
        return cost_run();
    }
    for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(argv[1], verbs[i].verb) == 0 && argc - 2 >= verbs[i].least &&
            argc - 2 <= verbs[i].most) {
            return run(argv[1], argv[2], argc - 3, argv + 3);
        }
    }
    fprintf(stderr, "Usage: worker list IMAGE | work IMAGE SEED STEPS | promise IMAGE SEED ROUNDS "
                    "[EVENTS] | judge IMAGE WHOSE | guest VERB SEED STEPS | cost\n");
    return USAGE;
}
