// SPDX-License-Identifier: BSD-2-Clause
#include "number.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char empty[] = "it has no digits";
static const char digit[] = "it has a character that is no digit";
static const char large[] = "it is too large";

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (unsigned)(c - 'a') + 10;
    }
    return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 99;
}

/* Digits from text to end; skips _ if asked to. */
static const char *digits(const char *text, const char *end, unsigned base, bool underscores,
                          uint64_t *value)
{
    bool any = false;

    *value = 0;
    for (; text < end; text++) {
        unsigned d = digit_value(*text);

        if (underscores && *text == '_') {
            continue;
        }
        if (d >= base) {
            return digit;
        }
        if (__builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, d, value)) {
            return large;
        }
        any = true;
    }
    return any ? NULL : empty;
}

/* The next character that is no underscore. */
static const char *skip_underscores(const char *text)
{
    return text + strspn(text, "_");
}

const char *number_flexible(const char *text, uint64_t *value)
{
    const char *start = skip_underscores(text);
    unsigned base = 10;

    if (*start == '0' && *skip_underscores(start + 1) == 'x') {
        start = skip_underscores(skip_underscores(start + 1) + 1);
        base = 16;
    }
    if (*start == '+') {
        start++;
    }
    return digits(start, start + strlen(start), base, true, value);
}

static const char *signed_digits(const char *text, const char *end, unsigned base, int64_t *value)
{
    bool negative = text < end && *text == '-';
    uint64_t size;
    const char *wrong;

    if (text < end && (*text == '-' || *text == '+')) {
        text++;
    }
    wrong = digits(text, end, base, false, &size);
    if (wrong) {
        return wrong;
    }
    if (size > (uint64_t)INT64_MAX) {
        return large;
    }
    *value = negative ? -(int64_t)size : (int64_t)size;
    return NULL;
}

const char *number_plain(const char *text, int64_t *value)
{
    return signed_digits(text, text + strlen(text), 10, value);
}

const char *number_hex_part(const char *text, const char *end, int64_t *value)
{
    while (text < end && (*text == ' ' || *text == '\t')) {
        text++;
    }
    while (end > text && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return signed_digits(text, end, 16, value);
}
