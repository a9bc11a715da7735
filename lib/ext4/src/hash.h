// SPDX-License-Identifier: BSD-2-Clause
/* The hashes of names that directory indexes are ordered by. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ext4_hash_version {
    EXT4_HASH_LEGACY,
    EXT4_HASH_HALF_MD4,
    EXT4_HASH_TEA,
    EXT4_HASH_VERSIONS,
};

struct ext4_hash {
    uint32_t major; /* bit 0 is clear: the index uses it */
    uint32_t minor;
};

/* `is_unsigned` says whether bytes above 127 count as positive. A seed of zeros means the default
 * one. */
struct ext4_hash ext4_hash_name(enum ext4_hash_version version, bool is_unsigned,
                                const uint32_t seed[4], const char *name, size_t length);
