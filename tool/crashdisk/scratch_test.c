// SPDX-License-Identifier: BSD-2-Clause
/* A scratch image becomes what it should, whatever it was and wherever others wrote in it. */
#include "scratch.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES = 64, ROUNDS = 200 };

static bool is_as_file(const struct scratch *scratch, const uint8_t *content)
{
    uint8_t page[PAGE_BYTES];

    for (size_t i = 0; i < PAGES; i++) {
        if (pread(scratch->file, page, PAGE_BYTES, (off_t)(i * PAGE_BYTES)) != PAGE_BYTES ||
            memcmp(page, content + i * PAGE_BYTES, PAGE_BYTES) != 0) {
            return false;
        }
    }
    return true;
}

/* Through the file, as another program does, and here. */
static bool scribble(struct scratch *scratch)
{
    size_t there = (size_t)(rand() % PAGES) * PAGE_BYTES, here = (size_t)(rand() % PAGES);
    int file = open(scratch->path, O_RDWR);
    bool written = file >= 0 && pwrite(file, "scribble", 8, (off_t)there + 77) == 8;

    close(file);
    scratch->bytes[here * PAGE_BYTES + 5] ^= 0xff;
    return written;
}

int main(void)
{
    static uint8_t content[PAGES * PAGE_BYTES], used[PAGES];
    struct scratch scratch;

    srand(1);
    scratch_make(&scratch, sizeof(content));
    for (int round = 0; round < ROUNDS; round++) {
        size_t page = (size_t)(rand() % (PAGES / 2));

        used[page] = true;
        content[page * PAGE_BYTES + (size_t)(rand() % PAGE_BYTES)] = (uint8_t)rand();
        scratch_set(&scratch, content, used);
        if (!is_as_file(&scratch, content) ||
            memcmp(scratch.bytes, content, sizeof(content)) != 0) {
            fprintf(stderr, "round %d: the image is not what it should be\n", round);
            return 1;
        }
        if (!scribble(&scratch)) {
            fprintf(stderr, "%s cannot be written\n", scratch.path);
            return 1;
        }
    }
    scratch_free(&scratch);
    return 0;
}
