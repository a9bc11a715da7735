// SPDX-License-Identifier: BSD-2-Clause
#include "checksum.h"

#include "bytes.h"

/* Bit-reversed polynomials. */
static const uint32_t castagnoli = 0x82f63b78;
static const uint16_t ansi16 = 0xa001;

void ext4_crc_init(struct ext4_crc *crc)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;

        for (int bit = 0; bit < 8; bit++) {
            value = value >> 1 ^ (value & 1 ? castagnoli : 0);
        }
        crc->table[0][byte] = value;
    }
    for (int slice = 1; slice < 8; slice++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t before = crc->table[slice - 1][byte];

            crc->table[slice][byte] = before >> 8 ^ crc->table[0][before & 0xff];
        }
    }
}

uint32_t ext4_crc32c(const struct ext4_crc *crc, uint32_t seed, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    uint32_t value = seed;

    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint32_t low = value ^ le32_get((const struct le32 *)at);

        value = crc->table[7][low & 0xff] ^ crc->table[6][low >> 8 & 0xff] ^
                crc->table[5][low >> 16 & 0xff] ^ crc->table[4][low >> 24] ^ crc->table[3][at[4]] ^
                crc->table[2][at[5]] ^ crc->table[1][at[6]] ^ crc->table[0][at[7]];
    }
    for (; bytes > 0; bytes--) {
        value = value >> 8 ^ crc->table[0][(value ^ *at++) & 0xff];
    }
    return value;
}

uint32_t ext4_crc32c_number(const struct ext4_crc *crc, uint32_t seed, uint32_t number)
{
    struct le32 bytes;

    le32_set(&bytes, number);
    return ext4_crc32c(crc, seed, &bytes, sizeof(bytes));
}

uint16_t ext4_crc16(uint16_t seed, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    uint16_t value = seed;

    for (; bytes > 0; bytes--) {
        value ^= *at++;
        for (int bit = 0; bit < 8; bit++) {
            value = (uint16_t)(value >> 1 ^ (value & 1 ? ansi16 : 0));
        }
    }
    return value;
}
