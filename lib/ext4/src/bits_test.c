// SPDX-License-Identifier: BSD-2-Clause
#include "base.h"
#include "bits.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 64, BITS = BYTES * 8, ROUNDS = 300 };

static uint8_t maps[EXT4_BITS_MAPS][BYTES];

static bool is_set(const struct ext4_bits *bits, uint32_t bit)
{
    for (uint32_t i = 0; i < bits->map_count; i++) {
        if (ext4_bit(maps[i], bit)) {
            return true;
        }
    }
    return false;
}

static uint32_t next_slowly(const struct ext4_bits *bits, uint32_t from, uint32_t end, bool set)
{
    while (from < end && is_set(bits, from) != set) {
        from++;
    }
    return from < end ? from : end;
}

/* Runs of random lengths, so that whole words are full and empty, too. */
static void fill(uint8_t *map)
{
    memset(map, 0, BYTES);
    for (uint32_t bit = 0; bit < BITS;) {
        uint32_t end = bit + (uint32_t)rand() % 150;

        for (; bit < end && bit < BITS; bit++) {
            ext4_bit_set(map, bit);
        }
        bit += 1 + (uint32_t)rand() % 150;
    }
}

static unsigned compare(const struct ext4_bits *bits, uint32_t from, uint32_t end)
{
    uint32_t clear = ext4_bits_next_clear(bits, from, end),
             set = ext4_bits_next_set(bits, from, end);

    if (clear == next_slowly(bits, from, end, false) && set == next_slowly(bits, from, end, true)) {
        return 0;
    }
    fprintf(stderr, "[%u, %u) of %u maps: clear %u, set %u\n", from, end, bits->map_count, clear,
            set);
    return 1;
}

int main(void)
{
    struct ext4_bits bits = {.maps = {maps[0], maps[1], maps[2]}};
    unsigned failures = 0;

    for (int round = 0; round < ROUNDS && failures == 0; round++) {
        bits.map_count = 1 + (uint32_t)round % EXT4_BITS_MAPS;
        for (int i = 0; i < EXT4_BITS_MAPS; i++) {
            fill(maps[i]);
        }
        for (uint32_t from = 0; from < BITS; from++) {
            failures += compare(&bits, from, BITS);
            failures += compare(&bits, from, from + (uint32_t)rand() % (BITS - from));
        }
    }
    return failures ? 1 : 0;
}
