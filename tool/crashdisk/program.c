// SPDX-License-Identifier: BSD-2-Clause
#include "program.h"

#include "disk.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void program_find_all(void)
{
    const char *path = getenv("PATH");
    char *all;

    if (asprintf(&all, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin") < 0 ||
        setenv("PATH", all, 1) != 0) {
        die("out of memory");
    }
    free(all);
}

int program_run(char *const *words, int output)
{
    posix_spawn_file_actions_t actions;
    int error, status;
    pid_t child;

    if (ftruncate(output, 0) != 0 || lseek(output, 0, SEEK_SET) != 0) {
        die("%s: no room for what it says", words[0]);
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    error = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        die("%s: %s; it is in the package e2fsprogs", words[0], strerror(error));
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            die("%s: %s", words[0], strerror(errno));
        }
    }
    if (!WIFEXITED(status)) {
        die("%s was killed", words[0]);
    }
    return WEXITSTATUS(status);
}
