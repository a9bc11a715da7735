// SPDX-License-Identifier: BSD-2-Clause
/* Processes: made, turned into another program, ended, waited for. */
#include "bench/programs/programs.h"
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool ended_well(pid_t child)
{
    int status;

    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool fork_exit(void *context)
{
    pid_t child = fork();

    (void)context;
    if (child == 0) {
        _exit(EXIT_SUCCESS);
    }
    return ended_well(child);
}

static bool fork_exec(void *context)
{
    const struct settings *settings = context;
    pid_t child = fork();

    if (child == 0) {
        execl(settings->program, settings->program, "-nothing", (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    return ended_well(child);
}

static bool spawn(void *context)
{
    const struct settings *settings = context;
    char *words[] = {(char *)settings->program, (char *)"-nothing", NULL};
    pid_t child;

    errno = posix_spawn(&child, settings->program, NULL, NULL, words, environ);
    return errno == 0 && ended_well(child);
}

static bool run_fork(const struct benchmark *benchmark, const struct settings *settings)
{
    return measure(benchmark->name, settings->iterations, fork_exit, NULL);
}

static bool run_exec(const struct benchmark *benchmark, const struct settings *settings)
{
    return measure(benchmark->name, settings->iterations, fork_exec, (void *)settings);
}

static bool run_spawn(const struct benchmark *benchmark, const struct settings *settings)
{
    return measure(benchmark->name, settings->iterations, spawn, (void *)settings);
}

const struct benchmark process_benchmarks[] = {
    {"fork.exit", run_fork, 0},
    {"fork.exec", run_exec, 0},
    {"posix_spawn", run_spawn, 0},
    {NULL, NULL, 0},
};
