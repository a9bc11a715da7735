// SPDX-License-Identifier: BSD-2-Clause
/* A file on a disk, past what the system keeps in memory. */
#define _GNU_SOURCE /* O_DIRECT */
#include "bench/measure/report.h"
#include "bench/programs/programs.h"
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, MOST_BYTES = 64 * 1024, FILE_BYTES = 16 * 1024 * 1024 };

static alignas(BLOCK_BYTES) char buffer[MOST_BYTES];

struct file {
    int fd;
    size_t bytes;
    off_t at;
    uint32_t random;
};

/* Always the same sequence: two runs do the same. */
static off_t next_random(struct file *file)
{
    file->random = file->random * 1664525u + 1013904223u;
    return (off_t)(file->random >> 8) % (FILE_BYTES / (off_t)file->bytes) * (off_t)file->bytes;
}

static off_t next_in_order(struct file *file)
{
    off_t at = file->at;

    file->at = (at + (off_t)file->bytes) % FILE_BYTES;
    return at;
}

static bool read_in_order(void *context)
{
    struct file *file = context;

    return pread(file->fd, buffer, file->bytes, next_in_order(file)) == (ssize_t)file->bytes;
}

static bool read_anywhere(void *context)
{
    struct file *file = context;

    return pread(file->fd, buffer, file->bytes, next_random(file)) == (ssize_t)file->bytes;
}

static bool write_in_order(void *context)
{
    struct file *file = context;

    return pwrite(file->fd, buffer, file->bytes, next_in_order(file)) == (ssize_t)file->bytes;
}

static bool write_anywhere(void *context)
{
    struct file *file = context;

    return pwrite(file->fd, buffer, file->bytes, next_random(file)) == (ssize_t)file->bytes;
}

/* As a program does that wants its data to last. */
static bool write_and_sync(void *context)
{
    struct file *file = context;

    return write_anywhere(file) && fsync(file->fd) == 0;
}

static int64_t processor_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* Ticks go on while the disk is waited for. What the processor did meanwhile for this program is
 * printed beside them, as a mean. */
static bool measure_both(const char *name, size_t iterations, series_deed *deed, void *context)
{
    int64_t began = processor_ns();
    bool done = measure(name, iterations, deed, context);
    int64_t each = (processor_ns() - began) / (int64_t)(iterations + series_warm_up(iterations));
    char both[64];

    if (done) {
        snprintf(both, sizeof(both), "%s.cpu", name);
        report_value(stdout, both, each, "ns");
    }
    return done;
}

static bool fill(int fd)
{
    for (off_t at = 0; at < FILE_BYTES; at += MOST_BYTES) {
        if (pwrite(fd, buffer, MOST_BYTES, at) != MOST_BYTES) {
            return false;
        }
    }
    return fsync(fd) == 0;
}

static bool run(const struct benchmark *benchmark, const struct settings *settings, int flags,
                series_deed *deed)
{
    struct file file = {.fd = -1, .bytes = benchmark->parameter, .random = 1};
    char path[256];
    bool done;
    int why;

    if (settings->disk == NULL) {
        errno = ENODEV;
        return false;
    }
    snprintf(path, sizeof(path), "%s/programs.file", settings->disk);
    file.fd = open(path, O_RDWR | O_CREAT | flags, 0600);
    done = file.fd >= 0 && fill(file.fd) &&
           measure_both(benchmark->name, settings->iterations, deed, &file);
    why = errno;
    if (file.fd >= 0) {
        close(file.fd);
        unlink(path);
    }
    errno = why;
    return done;
}

static bool run_read_in_order(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, O_DIRECT, read_in_order);
}

static bool run_read_anywhere(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, O_DIRECT, read_anywhere);
}

static bool run_write_in_order(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, O_DIRECT, write_in_order);
}

static bool run_write_anywhere(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, O_DIRECT, write_anywhere);
}

static bool run_sync(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, 0, write_and_sync);
}

static bool create_and_unlink(void *context)
{
    const char *path = context;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    return fd >= 0 && close(fd) == 0 && unlink(path) == 0;
}

static bool run_create(const struct benchmark *benchmark, const struct settings *settings)
{
    char path[256];

    if (settings->disk == NULL) {
        errno = ENODEV;
        return false;
    }
    snprintf(path, sizeof(path), "%s/programs.small", settings->disk);
    return measure_both(benchmark->name, settings->iterations, create_and_unlink, path);
}

const struct benchmark disk_benchmarks[] = {
    {"disk.read.sequential.65536", run_read_in_order, 64 * 1024},
    {"disk.read.random.4096", run_read_anywhere, 4096},
    {"disk.write.sequential.65536", run_write_in_order, 64 * 1024},
    {"disk.write.random.4096", run_write_anywhere, 4096},
    {"disk.write.fsync.4096", run_sync, 4096},
    {"disk.create.unlink", run_create, 0},
    {NULL, NULL, 0},
};
