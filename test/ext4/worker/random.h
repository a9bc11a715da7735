// SPDX-License-Identifier: BSD-2-Clause
/* Numbers by a seed, the same everywhere. */
#pragma once

#include <stdint.h>

static inline uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static inline uint32_t random_start(uint32_t seed)
{
    uint32_t state = seed * 2654435761u ^ 0x9e3779b9u;

    state = state ? state : 1;
    for (int i = 0; i < 8; i++) {
        random_next(&state);
    }
    return state;
}

static inline uint32_t random_below(uint32_t *state, uint32_t limit)
{
    return (random_next(state) >> 4) % limit;
}
