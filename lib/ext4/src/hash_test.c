// SPDX-License-Identifier: BSD-2-Clause
/* ext4.hash: the hashes that debugfs printed (its command dx_hash, seed 01234567-89ab-cdef-...). */
#include "hash.h"

#include <stdio.h>
#include <string.h>

#define LONG_NAME "a much longer name that takes more than one block of the hash 0123456789"

static const uint32_t seed[4] = {0x67452301, 0xefcdab89, 0x67452301, 0xefcdab89}, none[4];

static const struct {
    const char *name;
    enum ext4_hash_version version;
    bool is_unsigned;
    const uint32_t *seed;
    struct ext4_hash expected;
} rows[] = {
    {"a", EXT4_HASH_LEGACY, false, seed, {0xe74b53e2, 0}},
    {"a", EXT4_HASH_HALF_MD4, false, seed, {0x35dc0cc4, 0x3f1dacef}},
    {"a", EXT4_HASH_TEA, false, seed, {0x6d0ea4c0, 0xc18922df}},
    {"bc", EXT4_HASH_LEGACY, false, seed, {0xd7901518, 0}},
    {"bc", EXT4_HASH_HALF_MD4, false, seed, {0xd1a241d0, 0xb02eacfc}},
    {"bc", EXT4_HASH_TEA, false, seed, {0xf427b438, 0xe532e82c}},
    {"hello world", EXT4_HASH_LEGACY, false, seed, {0xe0a6a922, 0}},
    {"hello world", EXT4_HASH_HALF_MD4, false, seed, {0xcb08f304, 0x10e7b580}},
    {"hello world", EXT4_HASH_TEA, false, seed, {0x09012b8e, 0x8078fb31}},
    {LONG_NAME, EXT4_HASH_LEGACY, false, seed, {0x3f35e060, 0}},
    {LONG_NAME, EXT4_HASH_HALF_MD4, false, seed, {0x0ba69492, 0x558c2653}},
    {LONG_NAME, EXT4_HASH_TEA, false, seed, {0x9d190852, 0x0a5577cc}},
    {"\xc3\xa4\xc3\xb6", EXT4_HASH_LEGACY, false, none, {0x12b02e38, 0}},
    {"\xc3\xa4\xc3\xb6", EXT4_HASH_HALF_MD4, false, seed, {0x94182a4a, 0xa40815fe}},
    {"\xc3\xa4\xc3\xb6", EXT4_HASH_HALF_MD4, true, none, {0xb583d5da, 0x223d73c0}},
    {"\xc3\xa4\xc3\xb6", EXT4_HASH_TEA, false, none, {0x009dee46, 0xc5289c0f}},
};

int main(void)
{
    unsigned failures = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ext4_hash got = ext4_hash_name(rows[i].version, rows[i].is_unsigned, rows[i].seed,
                                              rows[i].name, strlen(rows[i].name));

        if (got.major != rows[i].expected.major || got.minor != rows[i].expected.minor) {
            fprintf(stderr, "%s, version %d: expected %08x %08x, got %08x %08x\n", rows[i].name,
                    rows[i].version, rows[i].expected.major, rows[i].expected.minor, got.major,
                    got.minor);
            failures++;
        }
    }
    return failures ? 1 : 0;
}
