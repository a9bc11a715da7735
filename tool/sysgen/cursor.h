// SPDX-License-Identifier: BSD-2-Clause
/* Reads numbers and texts of DWARF from bytes that nobody vouches for. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads forward. Once something does not fit, `bad` stays set and everything reads as 0. */
struct cursor {
    const unsigned char *at, *end;
    bool bad;
};

/* The next 0 to 8 bytes as a number. */
uint64_t cursor_take(struct cursor *cursor, unsigned bytes);
void cursor_skip(struct cursor *cursor, uint64_t bytes);
/* Numbers of seven bits a byte, least first. Bits beyond 64 are dropped. */
uint64_t cursor_unsigned(struct cursor *cursor);
int64_t cursor_signed(struct cursor *cursor);
/* Up to the next zero, which is skipped. */
const char *cursor_string(struct cursor *cursor);
