// SPDX-License-Identifier: BSD-2-Clause
/* Two processes, or a ring of them, that pass bytes to each other over descriptors. */
#include "bench/programs/programs.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_BYTES = 4096, MOST_PROCESSES = 32 };

/* One end of a conversation. */
struct end {
    int in, out;
    size_t bytes;
};

static bool read_all(int fd, char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t got = read(fd, bytes, count);

        if (got <= 0) {
            return false;
        }
        bytes += got;
        count -= (size_t)got;
    }
    return true;
}

static void echo(void *context)
{
    struct end *end = context;
    static char bytes[MOST_BYTES];

    while (read_all(end->in, bytes, end->bytes) &&
           write(end->out, bytes, end->bytes) == (ssize_t)end->bytes) {
    }
}

static bool ask(void *context)
{
    struct end *end = context;
    static char bytes[MOST_BYTES];

    return write(end->out, bytes, end->bytes) == (ssize_t)end->bytes &&
           read_all(end->in, bytes, end->bytes);
}

static void close_all(const int *fds, size_t count)
{
    int why = errno;

    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    errno = why;
}

static bool converse(const struct benchmark *benchmark, const struct settings *settings,
                     struct end here, struct end there)
{
    long child = start_child(echo, &there);
    bool done = child > 0 && measure(benchmark->name, settings->iterations, ask, &here);

    end_child(child);
    return done;
}

static bool run_pipe(const struct benchmark *benchmark, const struct settings *settings)
{
    int fds[4] = {-1, -1, -1, -1};
    size_t bytes = benchmark->parameter;
    bool done = pipe(fds) == 0 && pipe(fds + 2) == 0 &&
                converse(benchmark, settings, (struct end){fds[2], fds[1], bytes},
                         (struct end){fds[0], fds[3], bytes});

    close_all(fds, 4);
    return done;
}

static bool run_unix(const struct benchmark *benchmark, const struct settings *settings, int type)
{
    int fds[2] = {-1, -1};
    size_t bytes = benchmark->parameter;
    bool done = socketpair(AF_UNIX, type, 0, fds) == 0 &&
                converse(benchmark, settings, (struct end){fds[0], fds[0], bytes},
                         (struct end){fds[1], fds[1], bytes});

    close_all(fds, 2);
    return done;
}

static bool run_datagram(const struct benchmark *benchmark, const struct settings *settings)
{
    return run_unix(benchmark, settings, SOCK_DGRAM);
}

static bool run_stream(const struct benchmark *benchmark, const struct settings *settings)
{
    return run_unix(benchmark, settings, SOCK_STREAM);
}

/* A ring of processes, each with a pipe to the next: pipe i leads to process i; this is process
 * 0. */
struct ring {
    int fds[2 * MOST_PROCESSES];
    long children[MOST_PROCESSES];
    size_t processes;
};

static bool start_ring(struct ring *ring)
{
    for (size_t i = 0; i < ring->processes; i++) {
        if (pipe(&ring->fds[2 * i]) != 0) {
            return false;
        }
    }
    for (size_t i = 1; i < ring->processes; i++) {
        size_t next = (i + 1) % ring->processes;
        struct end end = {ring->fds[2 * i], ring->fds[2 * next + 1], 1};

        ring->children[i] = start_child(echo, &end);
        if (ring->children[i] < 0) {
            return false;
        }
    }
    return true;
}

/* One iteration is one lap: as many switches as there are processes. */
static bool run_ring(const struct benchmark *benchmark, const struct settings *settings)
{
    struct ring ring = {.processes = benchmark->parameter};
    bool done;

    for (size_t i = 0; i < 2 * MOST_PROCESSES; i++) {
        ring.fds[i] = -1;
    }
    done = start_ring(&ring) && measure(benchmark->name, settings->iterations, ask,
                                        &(struct end){ring.fds[0], ring.fds[3], 1});
    for (size_t i = 1; i < ring.processes; i++) {
        end_child(ring.children[i]);
    }
    close_all(ring.fds, 2 * MOST_PROCESSES);
    return done;
}

const struct benchmark talk_benchmarks[] = {
    {"pipe.1", run_pipe, 1},
    {"pipe.4096", run_pipe, 4096},
    {"unix.datagram.1", run_datagram, 1},
    {"unix.datagram.4096", run_datagram, 4096},
    {"unix.stream.1", run_stream, 1},
    {"unix.stream.4096", run_stream, 4096},
    {"switch.2", run_ring, 2},
    {"switch.8", run_ring, 8},
    {"switch.32", run_ring, 32},
    {NULL, NULL, 0},
};
