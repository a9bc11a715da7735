// SPDX-License-Identifier: BSD-2-Clause
/* Runs of bits in maps that are laid over each other: a bit is set if it is in any of them. */
#pragma once

#include <stdint.h>

enum { EXT4_BITS_MAPS = 3 };

struct ext4_bits {
    const uint8_t
        *maps[EXT4_BITS_MAPS]; /* whole words of 64 bits; those from map_count on are not */
    uint32_t map_count;
};

/* The first bit of [from, end) that is clear or set; `end` if there is none. */
uint32_t ext4_bits_next_clear(const struct ext4_bits *bits, uint32_t from, uint32_t end);
uint32_t ext4_bits_next_set(const struct ext4_bits *bits, uint32_t from, uint32_t end);

void ext4_bits_fill(uint8_t *map, uint32_t first, uint32_t count);
