// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the monitor holds of each component. The builder writes these records one component after
 * the other, each beginning with the component's thread; the index over them is made once.
 */
#pragma once

#include <proto/system_image.h>

struct held_range {
    uint32_t first, end; /* records of the table of capabilities */
};

void held_find_all(const struct system_image *image);
struct held_range held_range(uint32_t component);

/* Where the monitor holds object `index` of a run for this component; 0: it does not. */
uint32_t held_slot(const struct system_image *image, uint32_t component, uint32_t object,
                   uint32_t index);
