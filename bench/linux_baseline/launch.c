// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/launch.h"
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

pid_t launch(const char *const *arguments)
{
    char *words[5] = {(char *)"linux_baseline"};
    pid_t pid;

    for (size_t i = 0; i < 3 && arguments[i] != NULL; i++) {
        words[i + 1] = (char *)arguments[i];
    }
    fflush(stdout);
    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, words, environ) != 0) {
        give_up("cannot start a component");
    }
    return pid;
}

void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The client ends when it has measured; the others are ended then. */
static void run_scene(const char *channel, const char *scene, unsigned long iterations)
{
    char server_word[32], client_word[64], count[32];
    pid_t server, logger, client;
    int status;

    shared_make();
    snprintf(server_word, sizeof(server_word), "-server=%s", channel);
    snprintf(client_word, sizeof(client_word), "-client=%s", channel);
    snprintf(count, sizeof(count), "%lu", iterations);
    logger = launch((const char *[]){"-logger", NULL});
    server = launch((const char *[]){server_word, NULL});
    client = launch((const char *[]){client_word, scene, count, NULL});
    if (waitpid(client, &status, 0) != client || status != 0) {
        fprintf(stderr, "scene %s over %s failed\n", scene, channel);
        exit(EXIT_FAILURE);
    }
    end_process(server);
    end_process(logger);
}

void run_scenes(unsigned long iterations)
{
    static const char *const scenes[][2] = {
        {"unix", "empty"},
        {"unix", "call"},
        {"futex", "call"},
        {"eventfd", "call"},
        {"unix", "demo"},
        {"futex", "demo"},
        {"eventfd", "demo"},
        {"notify-futex", "notify.futex"},
        {"notify-eventfd", "notify.eventfd"},
        {"futex", "shm.64"},
        {"futex", "shm.4096"},
        {"futex", "shm.65536"},
        {"unix", "throughput"},
        {"futex", "throughput"},
        {"eventfd", "throughput"},
        {"unix", "stream"},
    };

    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        run_scene(scenes[i][0], scenes[i][1], iterations);
    }
}
