// SPDX-License-Identifier: BSD-2-Clause
#include "log.h"

enum { ESCAPE = 0x1b, BELL = 0x07, DELETE = 0x7f };

/* Where in an escape sequence we are; the end of a line ends any. */
enum escape {
    ESCAPE_NONE,
    ESCAPE_BEGUN,
    ESCAPE_CONTROL, /* ESC [ ... until a letter */
    ESCAPE_TEXT,    /* ESC ] ... until BEL or ESC \ */
    ESCAPE_ONE,     /* one more character */
};

void log_open(struct log *log, FILE *stream)
{
    log->stream = stream;
    log->line = 0;
    log->failed = false;
    log->piece = log->room;
    log->at = log->length = 0;
}

void log_open_bytes(struct log *log, const unsigned char *bytes, size_t length)
{
    log_open(log, NULL);
    log->piece = bytes;
    log->length = length;
}

static int next_byte(struct log *log)
{
    if (log->at == log->length) {
        log->length = log->stream ? fread(log->room, 1, sizeof(log->room), log->stream) : 0;
        log->at = 0;
        log->failed = log->stream && ferror(log->stream);
    }
    return log->at < log->length ? log->piece[log->at++] : EOF;
}

static enum escape begin_escape(int byte)
{
    switch (byte) {
    case '[': return ESCAPE_CONTROL;
    case ']':
    case 'P': return ESCAPE_TEXT;
    case '(':
    case ')':
    case '#': return ESCAPE_ONE;
    default: return ESCAPE_NONE;
    }
}

/* The state after one more byte of an escape sequence. */
static enum escape next_escape(enum escape state, int byte)
{
    if (byte == ESCAPE) {
        return ESCAPE_BEGUN;
    }
    switch (state) {
    case ESCAPE_BEGUN: return begin_escape(byte);
    case ESCAPE_CONTROL: return byte >= 0x40 && byte <= 0x7e ? ESCAPE_NONE : ESCAPE_CONTROL;
    case ESCAPE_TEXT: return byte == BELL ? ESCAPE_NONE : ESCAPE_TEXT;
    default: return ESCAPE_NONE;
    }
}

/* What of a byte is kept; 0: nothing. */
static char plain(int byte)
{
    if (byte == '\t') {
        return ' ';
    }
    if (byte < ' ' || byte == DELETE) {
        return 0;
    }
    return byte < DELETE ? (char)byte : '?';
}

const char *log_next(struct log *log)
{
    enum escape state = ESCAPE_NONE;
    size_t length = 0;
    int byte = next_byte(log);

    if (byte == EOF) {
        return NULL;
    }
    for (; byte != EOF && byte != '\n'; byte = next_byte(log)) {
        char c = plain(byte);

        if (state != ESCAPE_NONE || byte == ESCAPE) {
            state = next_escape(state, byte);
        } else if (c && length < LOG_LINE_MAX) {
            log->text[length++] = c;
        }
    }
    log->text[length] = 0;
    log->line++;
    return log->text;
}
