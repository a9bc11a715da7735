// SPDX-License-Identifier: BSD-2-Clause
/* Files that are in memory. */
#include "bench/programs/programs.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 4096 };

struct subject {
    char path[256], other[272];
    int fd;
    size_t bytes;
};

static bool begin(struct subject *subject, const struct settings *settings)
{
    static const char bytes[FILE_BYTES];

    snprintf(subject->path, sizeof(subject->path), "%s/programs.XXXXXX", settings->scratch);
    subject->fd = mkstemp(subject->path);
    snprintf(subject->other, sizeof(subject->other), "%s.other", subject->path);
    return subject->fd >= 0 && write(subject->fd, bytes, sizeof(bytes)) == sizeof(bytes);
}

static void end(struct subject *subject)
{
    int why = errno;

    if (subject->fd >= 0) {
        close(subject->fd);
        unlink(subject->path);
    }
    errno = why;
}

static bool open_and_close(void *context)
{
    const struct subject *subject = context;
    int fd = open(subject->path, O_RDONLY);

    return fd >= 0 && close(fd) == 0;
}

static bool look(void *context)
{
    const struct subject *subject = context;
    struct stat about;

    return stat(subject->path, &about) == 0 && about.st_size == FILE_BYTES;
}

static bool read_some(void *context)
{
    const struct subject *subject = context;
    static char bytes[FILE_BYTES];

    return pread(subject->fd, bytes, subject->bytes, 0) == (ssize_t)subject->bytes;
}

static bool write_some(void *context)
{
    const struct subject *subject = context;
    static const char bytes[FILE_BYTES];

    return pwrite(subject->fd, bytes, subject->bytes, 0) == (ssize_t)subject->bytes;
}

static bool create_and_unlink(void *context)
{
    const struct subject *subject = context;
    int fd = open(subject->other, O_WRONLY | O_CREAT | O_EXCL, 0600);

    return fd >= 0 && close(fd) == 0 && unlink(subject->other) == 0;
}

static bool run(const struct benchmark *benchmark, const struct settings *settings,
                series_deed *deed)
{
    struct subject subject = {.bytes = benchmark->parameter};
    bool done =
        begin(&subject, settings) && measure(benchmark->name, settings->iterations, deed, &subject);

    end(&subject);
    return done;
}

static bool run_open(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, open_and_close);
}

static bool run_stat(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, look);
}

static bool run_read(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, read_some);
}

static bool run_write(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, write_some);
}

static bool run_create(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, create_and_unlink);
}

const struct benchmark file_benchmarks[] = {
    {"file.open.close", run_open, 0},
    {"file.stat", run_stat, 0},
    {"file.read.1", run_read, 1},
    {"file.read.4096", run_read, 4096},
    {"file.write.4096", run_write, 4096},
    {"file.create.unlink", run_create, 0},
    {NULL, NULL, 0},
};
