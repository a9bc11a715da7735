// SPDX-License-Identifier: BSD-2-Clause
#include "hash.h"

#include <tiny/string.h>

/* The largest hash means the end of a directory to others. */
static const uint32_t hash_end = 0xfffffffe;

static uint32_t byte_value(const char *at, bool is_unsigned)
{
    return is_unsigned ? (uint32_t)(uint8_t)*at : (uint32_t)(int32_t)(int8_t)*at;
}

static uint32_t legacy(const char *name, size_t length, bool is_unsigned)
{
    uint32_t hash = 0x12a3fe2d, before = 0x37abe8f9;

    for (size_t i = 0; i < length; i++) {
        uint32_t next = before + (hash ^ byte_value(name + i, is_unsigned) * 7152373);

        if (next & 0x80000000) {
            next -= 0x7fffffff;
        }
        before = hash;
        hash = next;
    }
    return hash << 1;
}

/* Packs up to `words` * 4 bytes, first byte on top; the rest is filled with the length. */
static void pack(const char *name, size_t length, bool is_unsigned, uint32_t *out, size_t words)
{
    uint32_t fill = (uint32_t)length & 0xff;
    size_t bytes = length < words * 4 ? length : words * 4, at = 0;

    fill |= fill << 8;
    fill |= fill << 16;
    for (size_t word = 0; word < words; word++) {
        uint32_t value = fill;

        for (size_t end = (word + 1) * 4; at < end && at < bytes; at++) {
            value = byte_value(name + at, is_unsigned) + (value << 8);
        }
        out[word] = value;
    }
}

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
    return z ^ (x & (y ^ z));
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) + ((x ^ y) & z);
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
    return x ^ y ^ z;
}

/* MD4 with half the steps: three rounds of eight. */
static void half_md4(uint32_t state[4], const uint32_t in[8])
{
    static const struct {
        uint32_t (*mix)(uint32_t x, uint32_t y, uint32_t z);
        uint32_t constant;
        uint8_t order[8];
        uint8_t turns[4];
    } rounds[3] = {
        {choose, 0, {0, 1, 2, 3, 4, 5, 6, 7}, {3, 7, 11, 19}},
        {majority, 0x5a827999, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 5, 9, 13}},
        {parity, 0x6ed9eba1, {3, 7, 2, 6, 1, 5, 0, 4}, {3, 9, 11, 15}},
    };
    uint32_t v[4] = {state[0], state[1], state[2], state[3]};

    for (int round = 0; round < 3; round++) {
        for (int step = 0; step < 8; step++) {
            uint32_t *a = &v[(4 - step % 4) % 4], b = v[(5 - step % 4) % 4];
            uint32_t c = v[(6 - step % 4) % 4], d = v[(7 - step % 4) % 4];

            *a +=
                rounds[round].mix(b, c, d) + in[rounds[round].order[step]] + rounds[round].constant;
            *a = rotate(*a, rounds[round].turns[step % 4]);
        }
    }
    for (int i = 0; i < 4; i++) {
        state[i] += v[i];
    }
}

static void tea(uint32_t state[4], const uint32_t in[4])
{
    uint32_t sum = 0, x = state[0], y = state[1];

    for (int round = 0; round < 16; round++) {
        sum += 0x9e3779b9;
        x += ((y << 4) + in[0]) ^ (y + sum) ^ ((y >> 5) + in[1]);
        y += ((x << 4) + in[2]) ^ (x + sum) ^ ((x >> 5) + in[3]);
    }
    state[0] += x;
    state[1] += y;
}

static void start_state(uint32_t state[4], const uint32_t seed[4])
{
    static const uint32_t standard[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    bool seeded = seed[0] | seed[1] | seed[2] | seed[3];

    memcpy(state, seeded ? seed : standard, sizeof(standard));
}

struct ext4_hash ext4_hash_name(enum ext4_hash_version version, bool is_unsigned,
                                const uint32_t seed[4], const char *name, size_t length)
{
    size_t words = version == EXT4_HASH_HALF_MD4 ? 8 : 4, left = length;
    uint32_t state[4], in[8];
    struct ext4_hash hash = {0, 0};

    start_state(state, seed);
    if (version == EXT4_HASH_LEGACY) {
        hash.major = legacy(name, length, is_unsigned);
    } else {
        for (const char *at = name; left > 0; at += words * 4) {
            pack(at, left, is_unsigned, in, words);
            if (version == EXT4_HASH_HALF_MD4) {
                half_md4(state, in);
            } else {
                tea(state, in);
            }
            left -= left < words * 4 ? left : words * 4;
        }
        hash.major = version == EXT4_HASH_HALF_MD4 ? state[1] : state[0];
        hash.minor = version == EXT4_HASH_HALF_MD4 ? state[2] : state[1];
    }
    hash.major &= ~1u;
    if (hash.major == hash_end) {
        hash.major = hash_end - 2;
    }
    return hash;
}
