// SPDX-License-Identifier: BSD-2-Clause
/* ext4.checksum: the check values of both polynomials, and the same result whatever the pieces. */
#include "checksum.h"

#include <stdio.h>

int main(void)
{
    static struct ext4_crc crc;
    static const char digits[] = "123456789";
    uint8_t data[300];
    uint32_t whole;
    unsigned failures = 0;

    ext4_crc_init(&crc);
    /* The published value is inverted at the end, ours is not. */
    failures += ~ext4_crc32c(&crc, ~0u, digits, 9) != 0xe3069283;
    failures += ext4_crc16(0xffff, digits, 9) != 0x4b37;
    for (int i = 0; i < 300; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    whole = ext4_crc32c(&crc, 5, data, sizeof(data));
    for (size_t cut = 0; cut <= sizeof(data); cut++) {
        uint32_t first = ext4_crc32c(&crc, 5, data, cut);

        failures += ext4_crc32c(&crc, first, data + cut, sizeof(data) - cut) != whole;
    }
    if (failures) {
        fprintf(stderr, "%u checksums are wrong\n", failures);
    }
    return failures ? 1 : 0;
}
