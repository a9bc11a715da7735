// SPDX-License-Identifier: BSD-2-Clause
#include "bench/linux_baseline/shared.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

void give_up(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* Gives `fd` the number that everybody knows. Inherited numbers stay open in new programs. */
static void place(int fd, int number)
{
    if (fd < 0 || dup2(fd, number) != number) {
        give_up("cannot make what the components share");
    }
    close(fd);
}

static void place_pair(int first)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        give_up("socketpair");
    }
    place(pair[0], first);
    place(pair[1], first + 1);
}

struct shared *shared_make(void)
{
    static struct shared *before;
    char name[32];
    int fd;

    if (before != NULL) {
        munmap(before, sizeof(struct shared));
    }

    snprintf(name, sizeof(name), "/sofa-baseline-%d", (int)getpid());
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct shared)) != 0) {
        give_up("shm_open");
    }
    /* It lives as long as somebody holds it; nothing is left behind after a crash. */
    shm_unlink(name);
    place(fd, FD_SHARED);
    place_pair(FD_CALL);
    place_pair(FD_LOG);
    place(eventfd(0, 0), FD_EVENT + CLIENT);
    place(eventfd(0, 0), FD_EVENT + SERVER);
    before = shared_map();
    return before;
}

struct shared *shared_map(void)
{
    void *start =
        mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, FD_SHARED, 0);

    if (start == MAP_FAILED) {
        give_up("mmap of the shared memory");
    }
    return start;
}
