// SPDX-License-Identifier: BSD-2-Clause
/* sysgen check: only the description, without programs and without an SDK. */
#include "command.h"
#include "model.h"
#include <string.h>

static const char usage[] =
    "usage: sysgen check --board BOARD [--config CONFIG] [--extensions]\n"
    "                    SYSTEM [--kernel-option NAME=VALUE]... [--search-path PATH...]\n";

struct check {
    struct job job;
    struct target target;
    struct list search, options;
    const char *board, *config, *path;
    bool extensions, help;
};

static void take_word(struct check *check, struct words *words, const char *word)
{
    if (strcmp(word, "--board") == 0) {
        check->board = words_value(words, word);
    } else if (strcmp(word, "--config") == 0) {
        check->config = words_value(words, word);
    } else if (strcmp(word, "--kernel-option") == 0) {
        const char *option = words_value(words, word);

        if (option) {
            list_add(&check->job, &check->options, option);
        }
    } else if (strcmp(word, "--search-path") == 0) {
        words_values(words, &check->job, &check->search);
    } else if (strcmp(word, "--extensions") == 0) {
        check->extensions = true;
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        check->help = true;
    } else if (word[0] == '-' || check->path) {
        words_complain(words, "unexpected argument '%s'", word);
    } else {
        check->path = word;
    }
}

static bool choose_target(struct check *check, struct words *words)
{
    const struct board *board = board_named(check->board);

    if (!board || !config_known(board, check->config)) {
        words_complain(words, "there is no board '%s' with config '%s'", check->board,
                       check->config);
        return false;
    }
    target_init(&check->target, board, check->config);
    for (size_t i = 0; i < check->options.count; i++) {
        if (!target_set_option(&check->target, check->options.items[i])) {
            words_complain(words, "'%s' is no option of a kernel",
                           (const char *)check->options.items[i]);
        }
    }
    return !words->wrong;
}

static void read_description(void *argument)
{
    struct check *check = argument;
    const struct system_source source = {.job = &check->job,
                                         .target = &check->target,
                                         .search = &check->search,
                                         .extensions = check->extensions};
    struct system *system = system_read(&source, check->path);

    fputs(system->warnings.length ? system->warnings.bytes : "", stdout);
}

static int run(struct check *check, struct words *words)
{
    const char *word;

    while ((word = words_next(words))) {
        take_word(check, words, word);
    }
    if (check->help) {
        fputs(usage, stdout);
        return 0;
    }
    if (!words->wrong && (!check->board || !check->path)) {
        words_complain(words, "%s is missing", check->board ? "SYSTEM" : "--board");
    }
    if (words->wrong || !choose_target(check, words)) {
        fputs(usage, stderr);
        return 1;
    }
    list_add(&check->job, &check->search, ".");
    if (!job_run(&check->job, read_description, check)) {
        fputs(check->job.message, stderr);
        return 1;
    }
    return 0;
}

int command_check(int count, char **words)
{
    struct words line = {.program = "sysgen", .words = words, .count = count, .at = 1};
    struct check check = {.config = "debug"};
    int status;

    job_init(&check.job);
    status = run(&check, &line);
    job_fini(&check.job);
    return status;
}
