// SPDX-License-Identifier: BSD-2-Clause
/* The monitor's view of memory of components: of one frame at a time. */
#pragma once

#include <proto/system_image.h>
#include <sel4/sel4.h>
#include <stdbool.h>

/* Maps a frame that the monitor holds, for writing. Null: the kernel answers *error. */
void *window_map(const struct system_image *image, uint32_t slot, unsigned size_bits,
                 seL4_Error *error);
void window_unmap(uint32_t slot);

/* A look at the stack of a stopped component. */
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
