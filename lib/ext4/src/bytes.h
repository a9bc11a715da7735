// SPDX-License-Identifier: BSD-2-Clause
/*
 * Numbers as they lie on the disk: bytes without alignment, in an order that the type names. Little
 * endian is the file system's, big endian the journal's. Structures made of these can be laid over
 * any memory on any machine.
 */
#pragma once

#include <stdint.h>

struct le16 {
    uint8_t bytes[2];
};

struct le32 {
    uint8_t bytes[4];
};

struct le64 {
    uint8_t bytes[8];
};

struct be16 {
    uint8_t bytes[2];
};

struct be32 {
    uint8_t bytes[4];
};

struct be64 {
    uint8_t bytes[8];
};

static inline uint16_t le16_get(const struct le16 *field)
{
    return (uint16_t)(field->bytes[0] | field->bytes[1] << 8);
}

static inline void le16_set(struct le16 *field, uint32_t value)
{
    field->bytes[0] = (uint8_t)value;
    field->bytes[1] = (uint8_t)(value >> 8);
}

static inline uint32_t le32_get(const struct le32 *field)
{
    return field->bytes[0] | (uint32_t)field->bytes[1] << 8 | (uint32_t)field->bytes[2] << 16 |
           (uint32_t)field->bytes[3] << 24;
}

static inline void le32_set(struct le32 *field, uint32_t value)
{
    field->bytes[0] = (uint8_t)value;
    field->bytes[1] = (uint8_t)(value >> 8);
    field->bytes[2] = (uint8_t)(value >> 16);
    field->bytes[3] = (uint8_t)(value >> 24);
}

static inline uint64_t le64_get(const struct le64 *field)
{
    const uint8_t *bytes = field->bytes;

    return bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

static inline void le64_set(struct le64 *field, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        field->bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline uint16_t be16_get(const struct be16 *field)
{
    return (uint16_t)(field->bytes[0] << 8 | field->bytes[1]);
}

static inline void be16_set(struct be16 *field, uint32_t value)
{
    field->bytes[0] = (uint8_t)(value >> 8);
    field->bytes[1] = (uint8_t)value;
}

static inline uint32_t be32_get(const struct be32 *field)
{
    return (uint32_t)field->bytes[0] << 24 | (uint32_t)field->bytes[1] << 16 |
           (uint32_t)field->bytes[2] << 8 | field->bytes[3];
}

static inline void be32_set(struct be32 *field, uint32_t value)
{
    field->bytes[0] = (uint8_t)(value >> 24);
    field->bytes[1] = (uint8_t)(value >> 16);
    field->bytes[2] = (uint8_t)(value >> 8);
    field->bytes[3] = (uint8_t)value;
}

static inline uint64_t be64_get(const struct be64 *field)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++) {
        value = value << 8 | field->bytes[i];
    }
    return value;
}

static inline void be64_set(struct be64 *field, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        field->bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}
