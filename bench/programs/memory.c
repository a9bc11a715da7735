// SPDX-License-Identifier: BSD-2-Clause
/* Memory that a program asks for, and the first touch of each page. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, which POSIX has had only since 2024 */
#include "bench/programs/programs.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, AREA_PAGES = 4096, COPY_BYTES = 64 * 1024 };

static void *map(size_t bytes, int flags, int fd)
{
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

    return start == MAP_FAILED ? NULL : start;
}

static bool map_and_unmap(void *context)
{
    size_t bytes = *(size_t *)context;
    void *start = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    return start != NULL && munmap(start, bytes) == 0;
}

static bool run_map(const struct benchmark *benchmark, const struct settings *settings)
{
    size_t bytes = benchmark->parameter;

    return measure(benchmark->name, settings->iterations, map_and_unmap, &bytes);
}

/* Pages that have not been touched yet; when all have been, the area is mapped anew, which that one
 * iteration pays for. */
struct area {
    int flags, fd;
    char *start;
    size_t next;
};

static bool touch(void *context)
{
    struct area *area = context;

    if (area->next == AREA_PAGES) {
        munmap(area->start, AREA_PAGES * PAGE_BYTES);
        area->start = map(AREA_PAGES * PAGE_BYTES, area->flags, area->fd);
        area->next = 0;
    }
    if (area->start == NULL) {
        return false;
    }
    *(volatile char *)&area->start[area->next++ * PAGE_BYTES] = 1;
    return true;
}

static bool touch_all(const struct benchmark *benchmark, const struct settings *settings, int flags,
                      int fd)
{
    struct area area = {flags, fd, map(AREA_PAGES * PAGE_BYTES, flags, fd), 0};
    bool done = measure(benchmark->name, settings->iterations, touch, &area);
    int why = errno;

    if (area.start != NULL) {
        munmap(area.start, AREA_PAGES * PAGE_BYTES);
    }
    errno = why;
    return done;
}

static bool run_anonymous(const struct benchmark *benchmark, const struct settings *settings)
{
    return touch_all(benchmark, settings, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static bool fill(int fd)
{
    static const char page[PAGE_BYTES];

    for (size_t i = 0; i < AREA_PAGES; i++) {
        if (write(fd, page, sizeof(page)) != sizeof(page)) {
            return false;
        }
    }
    return true;
}

/* Pages of a file, which are in memory already. */
static bool run_file(const struct benchmark *benchmark, const struct settings *settings)
{
    char path[256];
    int fd, why;
    bool done;

    snprintf(path, sizeof(path), "%s/programs.XXXXXX", settings->scratch);
    fd = mkstemp(path);
    if (fd < 0) {
        return false;
    }
    done = fill(fd) && touch_all(benchmark, settings, MAP_SHARED, fd);
    why = errno;
    unlink(path);
    close(fd);
    errno = why;
    return done;
}

static bool copy(void *context)
{
    char *bytes = context;

    memcpy(bytes, bytes + COPY_BYTES, COPY_BYTES);
    return true;
}

static bool run_copy(const struct benchmark *benchmark, const struct settings *settings)
{
    static char bytes[2 * COPY_BYTES];

    memset(bytes, 1, sizeof(bytes));
    return measure(benchmark->name, settings->iterations, copy, bytes);
}

const struct benchmark memory_benchmarks[] = {
    {"map.unmap", run_map, COPY_BYTES},
    {"page.anonymous", run_anonymous, 0},
    {"page.file", run_file, 0},
    {"copy.65536", run_copy, 0},
    {NULL, NULL, 0},
};
