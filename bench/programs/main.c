// SPDX-License-Identifier: BSD-2-Clause
#include "bench/measure/clock.h"
#include "bench/measure/report.h"
#include "bench/programs/programs.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITERATIONS = 10000000 };

static const char usage[] = "Usage: programs ITERATIONS [scratch=FOLDER] [disk=FOLDER] [NAME...]\n"
                            "       programs list\n"
                            "Measures what is named, or everything whose name begins so; without a "
                            "name everything, but what\n"
                            "needs a disk only if one is given.\n"
                            "README.md describes the names and what is printed.\n";

static const struct benchmark *const groups[] = {
    call_benchmarks,   talk_benchmarks, linux_talk_benchmarks, process_benchmarks,
    memory_benchmarks, file_benchmarks, net_benchmarks,        disk_benchmarks,
};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

static int refuse(void)
{
    fputs(usage, stderr);
    return 2;
}

static int list(void)
{
    for (size_t group = 0; group < GROUPS; group++) {
        for (const struct benchmark *one = groups[group]; one->name != NULL; one++) {
            puts(one->name);
        }
    }
    return EXIT_SUCCESS;
}

static bool is_setting(const char *word)
{
    return strchr(word, '=') != NULL;
}

static bool is_wanted(const char *name, const struct settings *settings, char **words)
{
    bool all = settings->disk != NULL || strncmp(name, "disk.", 5) != 0;

    for (; *words != NULL; words++) {
        if (!is_setting(*words)) {
            all = false;
            if (strncmp(name, *words, strlen(*words)) == 0) {
                return true;
            }
        }
    }
    return all;
}

static bool is_known(const char *word)
{
    for (size_t group = 0; group < GROUPS; group++) {
        for (const struct benchmark *one = groups[group]; one->name != NULL; one++) {
            if (strncmp(one->name, word, strlen(word)) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool read_words(char **words, struct settings *settings)
{
    for (; *words != NULL; words++) {
        if (strncmp(*words, "scratch=", 8) == 0) {
            settings->scratch = *words + 8;
        } else if (strncmp(*words, "disk=", 5) == 0) {
            settings->disk = *words + 5;
        } else if (is_setting(*words) || !is_known(*words)) {
            fprintf(stderr, "there is no %s\n", *words);
            return false;
        }
    }
    return true;
}

static void run_one(const struct benchmark *one, const struct settings *settings)
{
    fflush(stdout);
    errno = 0;
    if (!one->run(one, settings)) {
        report_failure(stdout, one->name, errno != 0 ? strerror(errno) : "a wrong result");
    }
}

int main(int count, char **words)
{
    struct settings settings = {0, words[0], "/tmp", NULL};

    if (count == 2 && strcmp(words[1], "-nothing") == 0) {
        return EXIT_SUCCESS; /* what the benchmarks of starting programs start */
    }
    if (count == 2 && strcmp(words[1], "list") == 0) {
        return list();
    }
    settings.iterations = count >= 2 ? strtoul(words[1], NULL, 10) : 0;
    if (settings.iterations == 0 || settings.iterations > MOST_ITERATIONS ||
        !read_words(words + 2, &settings)) {
        return refuse();
    }
    report_start(stdout);
    report_value(stdout, "clock.rate", (int64_t)clock_ticks_per_second(), "ticks/s");
    for (size_t group = 0; group < GROUPS; group++) {
        for (const struct benchmark *one = groups[group]; one->name != NULL; one++) {
            if (is_wanted(one->name, &settings, words + 2)) {
                run_one(one, &settings);
            }
        }
    }
    report_done(stdout);
    return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
