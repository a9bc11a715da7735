// SPDX-License-Identifier: BSD-2-Clause
/* What the description says about addresses of a component. Private to the library. */
#pragma once

#include <explain/explain.h>

struct memory_place {
    const struct system_mapping *mapping; /* null: the component has no memory at all */
    enum explain_side side;
    uint64_t distance; /* from its begin, from below, or from its end */
};

/* The mapping around an address, or the nearest one. */
struct memory_place memory_find(const struct system_image *image, uint32_t component,
                                uint64_t address);

/* A memory region that another component has at this address, or null. */
const struct system_mapping *memory_foreign(const struct system_image *image, uint32_t component,
                                            uint64_t address);

/* A byte of the program as the builder put it there; false: none is there. */
bool memory_program_byte(const struct system_image *image, uint32_t component, uint64_t address,
                         uint8_t *byte);
