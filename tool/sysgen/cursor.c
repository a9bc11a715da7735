// SPDX-License-Identifier: BSD-2-Clause
#include "cursor.h"
#include <string.h>

uint64_t cursor_take(struct cursor *cursor, unsigned bytes)
{
    uint64_t value = 0;

    if (cursor->bad || (size_t)(cursor->end - cursor->at) < bytes) {
        cursor->bad = true;
        return 0;
    }
    memcpy(&value, cursor->at, bytes);
    cursor->at += bytes;
    return value;
}

void cursor_skip(struct cursor *cursor, uint64_t bytes)
{
    if (cursor->bad || (uint64_t)(cursor->end - cursor->at) < bytes) {
        cursor->bad = true;
        return;
    }
    cursor->at += bytes;
}

uint64_t cursor_unsigned(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned shift = 0, byte;

    do {
        byte = (unsigned)cursor_take(cursor, 1);
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        shift += shift < 64 ? 7 : 0;
    } while (byte & 0x80 && !cursor->bad);
    return value;
}

int64_t cursor_signed(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned shift = 0, byte;

    do {
        byte = (unsigned)cursor_take(cursor, 1);
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        shift += shift < 64 ? 7 : 0;
    } while (byte & 0x80 && !cursor->bad);
    if (byte & 0x40 && shift < 64) {
        value |= UINT64_MAX << shift;
    }
    return (int64_t)value;
}

const char *cursor_string(struct cursor *cursor)
{
    const unsigned char *start = cursor->at;
    const unsigned char *end = cursor->bad ? NULL : memchr(start, 0, (size_t)(cursor->end - start));

    if (!end) {
        cursor->bad = true;
        return "";
    }
    cursor->at = end + 1;
    return (const char *)start;
}
