// SPDX-License-Identifier: BSD-2-Clause
/* What only Linux has to wake each other with: futexes and event counters. */
#define _GNU_SOURCE
#include "bench/programs/programs.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By number: the small C library has no header for them. */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE = 128 };

/* Words that two sides wake each other with; `private`: they are threads of one process. */
struct pair {
    _Atomic uint32_t turns[2];
    _Atomic bool over;
    int private;
    int events[2];
};

static bool wake(struct pair *pair, int side)
{
    atomic_fetch_add(&pair->turns[side], 1);
    return syscall(SYS_futex, &pair->turns[side], FUTEX_WAKE | pair->private, 1, NULL, NULL, 0) >=
           0;
}

static bool await(struct pair *pair, int side, uint32_t *seen)
{
    while (atomic_load(&pair->turns[side]) == *seen) {
        if (syscall(SYS_futex, &pair->turns[side], FUTEX_WAIT | pair->private, *seen, NULL, NULL,
                    0) != 0 &&
            errno != EAGAIN && errno != EINTR) {
            return false;
        }
    }
    ++*seen;
    return true;
}

/* Side 0 asks, side 1 answers. */
static void answer_futex(void *context)
{
    struct pair *pair = context;
    uint32_t seen = 0;

    while (await(pair, 1, &seen) && !atomic_load(&pair->over) && wake(pair, 0)) {
    }
}

struct asker {
    struct pair *pair;
    uint32_t seen;
};

static bool ask_futex(void *context)
{
    struct asker *asker = context;

    return wake(asker->pair, 1) && await(asker->pair, 0, &asker->seen);
}

static struct pair *new_pair(int private)
{
    void *start =
        mmap(NULL, sizeof(struct pair), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (start == MAP_FAILED) {
        return NULL;
    }
    ((struct pair *)start)->private = private;
    return start;
}

static void free_pair(struct pair *pair)
{
    int why = errno;

    munmap(pair, sizeof(*pair));
    errno = why;
}

static bool run_futex_processes(const struct benchmark *benchmark, const struct settings *settings)
{
    struct pair *pair = new_pair(0);
    struct asker asker = {pair, 0};
    bool done;
    long child;

    if (pair == NULL) {
        return false;
    }
    child = start_child(answer_futex, pair);
    done = child > 0 && measure(benchmark->name, settings->iterations, ask_futex, &asker);
    end_child(child);
    free_pair(pair);
    return done;
}

static void *answer_in_thread(void *context)
{
    answer_futex(context);
    return NULL;
}

static bool run_futex_threads(const struct benchmark *benchmark, const struct settings *settings)
{
    struct pair *pair = new_pair(FUTEX_PRIVATE);
    struct asker asker = {pair, 0};
    pthread_t thread;
    bool done;

    if (pair == NULL) {
        return false;
    }
    errno = pthread_create(&thread, NULL, answer_in_thread, pair);
    if (errno != 0) {
        free_pair(pair);
        return false;
    }
    done = measure(benchmark->name, settings->iterations, ask_futex, &asker);
    atomic_store(&pair->over, true);
    wake(pair, 1);
    pthread_join(thread, NULL);
    free_pair(pair);
    return done;
}

static bool count_up(int fd)
{
    const uint64_t one = 1;

    return write(fd, &one, sizeof(one)) == sizeof(one);
}

static bool await_count(int fd)
{
    uint64_t count;

    return read(fd, &count, sizeof(count)) == sizeof(count);
}

static void answer_event(void *context)
{
    const int *events = context;

    while (await_count(events[1]) && count_up(events[0])) {
    }
}

static bool ask_event(void *context)
{
    const int *events = context;

    return count_up(events[1]) && await_count(events[0]);
}

static bool run_eventfd(const struct benchmark *benchmark, const struct settings *settings)
{
    int events[2] = {eventfd(0, 0), eventfd(0, 0)}, why;
    long child = events[0] >= 0 && events[1] >= 0 ? start_child(answer_event, events) : -1;
    bool done = child > 0 && measure(benchmark->name, settings->iterations, ask_event, events);

    end_child(child);
    why = errno;
    close(events[0]);
    close(events[1]);
    errno = why;
    return done;
}

const struct benchmark linux_talk_benchmarks[] = {
    {"futex.threads", run_futex_threads, 0},
    {"futex.processes", run_futex_processes, 0},
    {"eventfd", run_eventfd, 0},
    {NULL, NULL, 0},
};
