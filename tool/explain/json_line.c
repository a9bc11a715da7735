// SPDX-License-Identifier: BSD-2-Clause
#include "json_line.h"
#include "scan.h"
#include <string.h>

/* The value of a key; null if the line has no such key. */
static const char *value_of(const char *text, const char *key)
{
    char mark[32] = "\"";

    strcat(strncat(mark, key, sizeof(mark) - 4), "\":");
    return scan_after(text, mark);
}

/* A number, plain or as a text; *at moves behind it. */
static bool take_number(const char **at, uint64_t *number)
{
    bool quoted = **at == '"';
    const char *value = *at + quoted;

    if (!scan_number(&value, number) || (quoted && *value != '"')) {
        return false;
    }
    *at = value + quoted;
    return true;
}

static bool read_number(const char *text, const char *key, uint64_t *number)
{
    const char *at = value_of(text, key);

    return at && take_number(&at, number);
}

static bool read_text(const char *text, const char *key, char *to, size_t size)
{
    const char *at = value_of(text, key);
    size_t length = 0;

    if (!at || *at++ != '"') {
        return false;
    }
    for (; *at && *at != '"'; at++) {
        at += *at == '\\' && at[1];
        if (length < size - 1) {
            to[length++] = *at;
        }
    }
    to[length] = 0;
    return *at == '"';
}

static bool read_words(struct record *record, const char *text)
{
    const char *at = value_of(text, "words");
    uint64_t word;

    if (!at || *at++ != '[') {
        return false;
    }
    record->word_count = 0;
    while (*at != ']') {
        if (!take_number(&at, &word) || (*at != ',' && *at != ']')) {
            return false;
        }
        record_set_word(record, record->word_count, word);
        at += *at == ',';
    }
    return true;
}

/* Every place has its address first. */
static bool read_trace(struct record *record, const char *text)
{
    const char *at = value_of(text, "trace"), *end = at ? strchr(at, ']') : NULL;

    if (!end) {
        return false;
    }
    for (at = scan_after(at, "{\"address\":"); at && at < end;
         at = scan_after(at, "{\"address\":")) {
        uint64_t address;

        if (!take_number(&at, &address)) {
            return false;
        }
        if (record->trace_count < EXPLAIN_TRACE) {
            record->trace[record->trace_count++] = address;
        }
        if (record->trace_count == 1 && strncmp(at, ",\"function\":", 12) == 0) {
            (void)read_text(at, "function", record->function, sizeof(record->function));
        }
    }
    return true;
}

bool json_line_read(struct record *record, const char *text)
{
    size_t length = strlen(text);
    uint64_t sp;

    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    if (text[0] != '{' || length == 0 || text[length - 1] != '}' ||
        !read_text(text, "component", record->name, sizeof(record->name)) ||
        !read_number(text, "label", &record->label) || !read_trace(record, text) ||
        !read_words(record, text)) {
        return false;
    }
    record->has_label = true;
    if (record->trace_count) {
        (void)record_set_register(record, "rip", record->trace[0]);
    }
    if (read_number(text, "sp", &sp)) {
        (void)record_set_register(record, "rsp", sp);
    }
    return true;
}
