// SPDX-License-Identifier: BSD-2-Clause
/* The monitor's view of one page of a component's stack at a time. */
#pragma once

#include <proto/system_image.h>
#include <stdbool.h>

struct window {
    const struct system_image *image;
    uint32_t component;
    uint64_t page; /* address in the component */
    uint32_t slot; /* of the mapped frame; 0: nothing is mapped */
};

/* Nothing is mapped at first. */
void window_open(struct window *window, const struct system_image *image, uint32_t component);
void window_close(struct window *window);

/* Reads an aligned word of the stack; `context` is a struct window. */
bool window_read(void *context, uint64_t address, uint64_t *word);
