// SPDX-License-Identifier: BSD-2-Clause
/* crashdisk: cuts the power of a disk in every way that is allowed and looks at what is left. */
#include "trial.h"
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(FILE *to)
{
    fprintf(
        to,
        "crashdisk [--images N] [--seed N] [--steps N] [--workers N] [--fsck-every N]\n"
        "          [--mib N] [--mkfs OPTIONS] [--data MODE] [--keep FILE]\n\n"
        "Makes a file system with mkfs.ext4, works on it with lib/ext4, and builds images as\n"
        "power cuts may leave them. Each is mounted and must hold what was promised; every Nth\n"
        "is also given to e2fsck. The first bad image is kept in FILE. MODE is ordered, writeback\n"
        "or journal.\n"
        "Exit status: 0 all images good, 1 some bad, 2 wrong usage.\n");
}

static uint32_t number(const char *name, const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end || value > UINT32_MAX) {
        fprintf(stderr, "crashdisk: %s: '%s' is no number\n", name, text);
        exit(2);
    }
    return (uint32_t)value;
}

static enum ext4_data_mode data_mode(const char *text)
{
    static const char *const names[] = {[EXT4_DATA_DEFAULT] = "default",
                                        [EXT4_DATA_ORDERED] = "ordered",
                                        [EXT4_DATA_WRITEBACK] = "writeback",
                                        [EXT4_DATA_JOURNAL] = "journal"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum ext4_data_mode)i;
        }
    }
    fprintf(stderr, "crashdisk: --data: '%s' is none of ordered, writeback, journal\n", text);
    exit(2);
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
        } else if (i + 1 < argc && strcmp(argv[i], "--data") == 0) {
            options.data_mode = data_mode(argv[i + 1]);
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
    return trial_run(&options);
}
