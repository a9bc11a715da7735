// SPDX-License-Identifier: BSD-2-Clause
#include "scratch.h"

#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void scratch_make(struct scratch *scratch, size_t size)
{
    *scratch = (struct scratch){.size = size, .file = memfd_create("crashdisk", MFD_CLOEXEC)};
    if (scratch->file < 0 || ftruncate(scratch->file, (off_t)size) != 0) {
        die("no memory for an image");
    }
    scratch->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, scratch->file, 0);
    if (scratch->bytes == MAP_FAILED) {
        die("no memory for an image");
    }
    snprintf(scratch->path, sizeof(scratch->path), "/proc/%d/fd/%d", (int)getpid(), scratch->file);
}

void scratch_free(struct scratch *scratch)
{
    munmap(scratch->bytes, scratch->size);
    close(scratch->file);
}

static void set_page(struct scratch *scratch, const uint8_t *content, size_t page)
{
    uint8_t *to = scratch->bytes + page * PAGE_BYTES;
    const uint8_t *from = content + page * PAGE_BYTES;

    if (memcmp(to, from, PAGE_BYTES) != 0) {
        memcpy(to, from, PAGE_BYTES);
    }
}

/* Pages that nobody has written are holes of the file, and read as zeros. */
void scratch_set(struct scratch *scratch, const uint8_t *content, const uint8_t *used)
{
    off_t data = 0, hole;

    while ((data = lseek(scratch->file, data, SEEK_DATA)) >= 0) {
        hole = lseek(scratch->file, data, SEEK_HOLE);
        for (size_t page = (size_t)data / PAGE_BYTES; page < (size_t)hole / PAGE_BYTES; page++) {
            if (!used[page]) {
                set_page(scratch, content, page);
            }
        }
        data = hole;
    }
    for (size_t page = 0; page < scratch->size / PAGE_BYTES; page++) {
        if (used[page]) {
            set_page(scratch, content, page);
        }
    }
}
