// SPDX-License-Identifier: BSD-2-Clause
/* Echo over the loopback interface. */
#include "bench/programs/programs.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 64 };

static bool receive_all(int fd, char *bytes)
{
    size_t have = 0;

    while (have < MESSAGE_BYTES) {
        ssize_t got = recv(fd, bytes + have, MESSAGE_BYTES - have, 0);

        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

/* A socket at an address of its own choice, which is written to `address`. */
static int open_at_any_port(int type, struct sockaddr_in *address)
{
    socklen_t length = sizeof(*address);
    int fd = socket(AF_INET, type, 0);

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd >= 0 && (bind(fd, (struct sockaddr *)address, sizeof(*address)) != 0 ||
                    getsockname(fd, (struct sockaddr *)address, &length) != 0)) {
        int why = errno;

        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

static void answer_datagrams(void *context)
{
    int fd = *(int *)context;
    char bytes[MESSAGE_BYTES];

    for (;;) {
        struct sockaddr_in from;
        socklen_t length = sizeof(from);
        ssize_t got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);

        if (got < 0 || sendto(fd, bytes, (size_t)got, 0, (struct sockaddr *)&from, length) != got) {
            return;
        }
    }
}

/* TCP collects small messages unless it is told not to. */
static void send_at_once(int fd)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void answer_stream(void *context)
{
    int fd = accept(*(int *)context, NULL, NULL);
    char bytes[MESSAGE_BYTES];

    send_at_once(fd);
    while (receive_all(fd, bytes) && send(fd, bytes, sizeof(bytes), 0) == sizeof(bytes)) {
    }
}

static bool ask(void *context)
{
    int fd = *(int *)context;
    static char bytes[MESSAGE_BYTES];

    return send(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) && receive_all(fd, bytes);
}

static bool run(const struct benchmark *benchmark, const struct settings *settings, int type,
                void (*answer)(void *))
{
    struct sockaddr_in address;
    int server = open_at_any_port(type, &address), client = socket(AF_INET, type, 0), why;
    long child = -1;
    bool done = server >= 0 && client >= 0 && (type != SOCK_STREAM || listen(server, 1) == 0);

    if (done) {
        child = start_child(answer, &server);
        done = child > 0 && connect(client, (struct sockaddr *)&address, sizeof(address)) == 0;
    }
    if (done && type == SOCK_STREAM) {
        send_at_once(client);
    }
    done = done && measure(benchmark->name, settings->iterations, ask, &client);
    end_child(child);
    why = errno;
    close(server);
    close(client);
    errno = why;
    return done;
}

static bool run_udp(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, SOCK_DGRAM, answer_datagrams);
}

static bool run_tcp(const struct benchmark *benchmark, const struct settings *settings)
{
    return run(benchmark, settings, SOCK_STREAM, answer_stream);
}

const struct benchmark net_benchmarks[] = {
    {"udp.echo", run_udp, 0},
    {"tcp.echo", run_tcp, 0},
    {NULL, NULL, 0},
};
