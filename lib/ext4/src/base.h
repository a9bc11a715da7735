// SPDX-License-Identifier: BSD-2-Clause
/* Small words that every module uses. */
#pragma once

#include <ext4/status.h>

#include <stdint.h>

/* Our own mistakes; never for what a disk or a caller says. */
#define ext4_assert(condition)                                                                     \
    ((condition) ? (void)0 : ext4_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void ext4_assert_failed(const char *condition, const char *file, int line);

/* Gives a failure on to the caller. Only where nothing has to be released. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum ext4_status try_status = (call);                                                      \
        if (try_status != EXT4_OK) {                                                               \
            return try_status;                                                                     \
        }                                                                                          \
    } while (0)

static inline uint64_t ext4_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t ext4_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t ext4_divide_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

/* Bitmaps: bit 0 is the lowest of byte 0. */
static inline int ext4_bit(const uint8_t *map, uint32_t bit)
{
    return map[bit / 8] >> (bit % 8) & 1;
}

static inline void ext4_bit_set(uint8_t *map, uint32_t bit)
{
    map[bit / 8] = (uint8_t)(map[bit / 8] | 1u << (bit % 8));
}

static inline void ext4_bit_clear(uint8_t *map, uint32_t bit)
{
    map[bit / 8] = (uint8_t)(map[bit / 8] & ~(1u << (bit % 8)));
}
