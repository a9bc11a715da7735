// SPDX-License-Identifier: BSD-2-Clause
/* Random numbers that a seed repeats. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* An additive counter through a mixer (splitmix): every state is good, even 0. */
static inline uint64_t dice_word(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* 0 .. limit - 1. */
static inline unsigned dice_below(struct dice *dice, unsigned limit)
{
    return (unsigned)((dice_word(dice) >> 32) * limit >> 32);
}

static inline bool dice_percent(struct dice *dice, unsigned percent)
{
    return dice_below(dice, 100) < percent;
}

/* Independent dice for each (seed, generation, thread). */
static inline struct dice dice_new(uint64_t seed, uint64_t generation, uint64_t thread)
{
    struct dice dice = {seed};

    dice.state ^= dice_word(&dice) + generation * 0xd6e8feb86659fd93ull;
    dice.state ^= dice_word(&dice) + thread * 0xa0761d6478bd642full;
    return dice;
}
