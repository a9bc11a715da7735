// SPDX-License-Identifier: BSD-2-Clause
/* CRC-32C (Castagnoli), which most of ext4 uses, and CRC-16 of older group descriptors. Neither
 * inverts at the start or the end; callers pass the running value. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Tables for eight bytes at a time, made once for each file system. */
struct ext4_crc {
    uint32_t table[8][256];
};

void ext4_crc_init(struct ext4_crc *crc);
uint32_t ext4_crc32c(const struct ext4_crc *crc, uint32_t seed, const void *data, size_t bytes);
uint32_t ext4_crc32c_number(const struct ext4_crc *crc, uint32_t seed, uint32_t number);
uint16_t ext4_crc16(uint16_t seed, const void *data, size_t bytes);
