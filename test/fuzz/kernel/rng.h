// SPDX-License-Identifier: BSD-2-Clause
/* A small random number generator: splitmix64's step, one word of state. */
#pragma once

#include "lib/base.h"

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* 0 .. limit - 1; limit is not 0. */
static inline unsigned rng_below(struct rng *rng, unsigned limit)
{
    return (unsigned)((rng_next(rng) >> 32) * limit >> 32);
}

/* True once in `times`. */
static inline bool rng_one_in(struct rng *rng, unsigned times)
{
    return rng_below(rng, times) == 0;
}
