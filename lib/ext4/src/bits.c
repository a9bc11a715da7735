// SPDX-License-Identifier: BSD-2-Clause
#include "bits.h"

#include "base.h"
#include "bytes.h"

enum { WORD_BITS = 64 };

static uint64_t word_at(const struct ext4_bits *bits, uint32_t bit)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < bits->map_count; i++) {
        word |= le64_get((const struct le64 *)(bits->maps[i] + bit / WORD_BITS * sizeof(word)));
    }
    return word;
}

/* The first bit that is set in the words after exclusive or with `invert`. */
static uint32_t find(const struct ext4_bits *bits, uint32_t from, uint32_t end, uint64_t invert)
{
    for (uint32_t bit = from; bit < end; bit = (bit / WORD_BITS + 1) * WORD_BITS) {
        uint64_t word = (word_at(bits, bit) ^ invert) >> bit % WORD_BITS;

        if (word) {
            uint32_t found = bit + (uint32_t)__builtin_ctzll(word);

            return found < end ? found : end;
        }
    }
    return end;
}

uint32_t ext4_bits_next_clear(const struct ext4_bits *bits, uint32_t from, uint32_t end)
{
    return find(bits, from, end, ~(uint64_t)0);
}

uint32_t ext4_bits_next_set(const struct ext4_bits *bits, uint32_t from, uint32_t end)
{
    return find(bits, from, end, 0);
}

void ext4_bits_fill(uint8_t *map, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        ext4_bit_set(map, i);
    }
}
