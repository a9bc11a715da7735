// SPDX-License-Identifier: BSD-2-Clause
#include "bench/measure/report.h"
#include "bench/programs/programs.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

bool measure(const char *name, size_t iterations, series_deed *deed, void *context)
{
    struct series series = series_new(name, iterations);
    bool done = series_measure(&series, deed, context);
    int why = errno;

    if (done) {
        report_series(stdout, &series);
    }
    series_free(&series);
    errno = why;
    return done;
}

long start_child(void (*body)(void *context), void *context)
{
    pid_t child = fork();

    if (child == 0) {
        body(context);
        _exit(EXIT_FAILURE);
    }
    return child;
}

void end_child(long child)
{
    int why = errno;

    if (child > 0) {
        kill((pid_t)child, SIGKILL);
        waitpid((pid_t)child, NULL, 0);
    }
    errno = why;
}
