// SPDX-License-Identifier: BSD-2-Clause
/* sysgen graph: a picture of a system as SVG and PNG, drawn by Graphviz. */
#include "command.h"
#include "graph.h"
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static const char usage[] =
    "usage: sysgen graph SYSTEM [-o NAME] [--board BOARD] [--config CONFIG] [--search-path "
    "PATH...]\n"
    "Writes NAME.dot, NAME.svg and NAME.png; NAME is the system file's without its ending, here.\n";

struct graph {
    struct job job;
    struct target target;
    struct list search;
    const char *board, *config, *path, *name;
    bool help;
};

static void take_word(struct graph *graph, struct words *words, const char *word)
{
    if (strcmp(word, "--board") == 0) {
        graph->board = words_value(words, word);
    } else if (strcmp(word, "--config") == 0) {
        graph->config = words_value(words, word);
    } else if (strcmp(word, "-o") == 0) {
        graph->name = words_value(words, word);
    } else if (strcmp(word, "--search-path") == 0) {
        words_values(words, &graph->job, &graph->search);
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        graph->help = true;
    } else if (word[0] == '-' || graph->path) {
        words_complain(words, "unexpected argument '%s'", word);
    } else {
        graph->path = word;
    }
}

static void draw(struct graph *graph, const char *dot, const char *type)
{
    const struct place at = {.file = dot};
    const char *to = job_print(&graph->job, "%s.%s", graph->name, type);
    char *const words[] = {
        job_copy(&graph->job, "dot", 3),         job_print(&graph->job, "-T%s", type),
        job_copy(&graph->job, "-o", 2),          job_copy(&graph->job, to, strlen(to)),
        job_copy(&graph->job, dot, strlen(dot)), NULL};
    int status = 0;
    pid_t child;

    if (posix_spawnp(&child, "dot", NULL, NULL, words, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
        refuse(&graph->job, RULE_OUTPUT, &at, "a Graphviz whose program 'dot' can be started",
               "'dot' could not draw %s", to);
    }
}

static void draw_system(void *argument)
{
    struct graph *graph = argument;
    const struct system_source source = {
        .job = &graph->job, .target = &graph->target, .search = &graph->search, .extensions = true};
    const struct system *system = system_read(&source, graph->path);
    const char *dot = job_print(&graph->job, "%s.dot", graph->name);
    struct text text = {.job = &graph->job};

    graph_dot(&text, system);
    file_write(&graph->job, dot, text.bytes, text.length);
    draw(graph, dot, "svg");
    draw(graph, dot, "png");
    printf("%s.svg\n%s.png\n", graph->name, graph->name);
}

static const char *default_name(struct job *job, const char *path)
{
    const char *base = text_basename(path);
    const char *end = strrchr(base, '.');

    return job_copy(job, base, end && end > base ? (size_t)(end - base) : strlen(base));
}

static int run(struct graph *graph, struct words *words)
{
    const struct board *board;
    const char *word;

    while ((word = words_next(words))) {
        take_word(graph, words, word);
    }
    if (graph->help) {
        fputs(usage, stdout);
        return 0;
    }
    board = words->wrong ? NULL : board_named(graph->board);
    if (!words->wrong && (!board || !config_known(board, graph->config))) {
        words_complain(words, "there is no board '%s' with config '%s'", graph->board,
                       graph->config);
    } else if (!words->wrong && !graph->path) {
        words_complain(words, "SYSTEM is missing");
    }
    if (words->wrong) {
        fputs(usage, stderr);
        return 1;
    }
    target_init(&graph->target, board, graph->config);
    list_add(&graph->job, &graph->search, ".");
    graph->name = graph->name ? graph->name : default_name(&graph->job, graph->path);
    if (!job_run(&graph->job, draw_system, graph)) {
        fputs(graph->job.message, stderr);
        return 1;
    }
    return 0;
}

int command_graph(int count, char **words)
{
    struct words line = {.program = "sysgen", .words = words, .count = count, .at = 1};
    struct graph graph = {.board = "x86_64_generic", .config = "debug"};
    int status;

    job_init(&graph.job);
    status = run(&graph, &line);
    job_fini(&graph.job);
    return status;
}
