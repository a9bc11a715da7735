// SPDX-License-Identifier: BSD-2-Clause
/*
 * A captured console log, line by line. Nothing in it is trusted to be text: control characters and
 * escape sequences are taken out, bytes that are no ASCII become '?', and what a line has beyond
 * LOG_LINE_MAX is dropped. Memory does not depend on the length of the log.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The longest line that means something is the monitor's JSON line. */
enum { LOG_LINE_MAX = 16384, LOG_PIECE_BYTES = 65536 };

struct log {
    FILE *stream;  /* null: the bytes are those in `piece` */
    uint64_t line; /* number of the line that log_next() gave, from 1 */
    bool failed;   /* reading ended with an error */
    const unsigned char *piece;
    size_t at, length;
    unsigned char room[LOG_PIECE_BYTES];
    char text[LOG_LINE_MAX + 1];
};

/* Borrows the stream. */
void log_open(struct log *log, FILE *stream);

/* Borrows the bytes, which are the whole log. */
void log_open_bytes(struct log *log, const unsigned char *bytes, size_t length);

/* The next line, valid until the next call; null at the end. */
const char *log_next(struct log *log);
