// SPDX-License-Identifier: BSD-2-Clause
/*
 * An image in a file that lives in memory. Other programs open it by its path; here it is an
 * array. It takes a new content at the price of the pages that differ, so that thousands of images
 * that are nearly the same cost nearly nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { PAGE_BYTES = 4096 };

struct scratch {
    uint8_t *bytes;
    size_t size; /* whole pages */
    int file;
    char path[64];
};

/* All zeros. Ends the program if there is no memory. */
void scratch_make(struct scratch *scratch, size_t size);
void scratch_free(struct scratch *scratch);

/* Becomes `content`, of the same size. Whatever is not zero there lies in pages that `used` names,
 * a byte each. */
void scratch_set(struct scratch *scratch, const uint8_t *content, const uint8_t *used);
