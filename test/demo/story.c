// SPDX-License-Identifier: BSD-2-Clause
#include "story.h"

#include <sel4/sel4.h>
#include <start/root.h>
#include <stdarg.h>
#include <tiny/printf.h>
#include <tiny/string.h>

enum { COLUMNS = 76, INDENT = 4, TEXT_BYTES = 640 };

static unsigned scene_count;

void scene(const char *title)
{
    scene_count++;
    tiny_printf("\n%2u  %s\n", scene_count, title);
}

/* Bytes of the next line: as many words as fit. */
static size_t line_length(const char *text)
{
    const size_t rest = tiny_strlen(text);
    size_t length = COLUMNS - INDENT;

    if (rest <= length) {
        return rest;
    }
    while (length > 0 && text[length] != ' ') {
        length--;
    }
    return length > 0 ? length : rest;
}

void say(const char *format, ...)
{
    char text[TEXT_BYTES];
    const char *at = text;
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    while (*at != '\0') {
        const size_t length = line_length(at);

        tiny_printf("%*s%.*s\n", INDENT, "", (int)length, at);
        at += length;
        at += *at == ' ';
    }
}

void expect(bool ok, const char *what)
{
    if (!ok) {
        tiny_printf("\nThe tour stops here: expected %s.\n", what);
        root_stop();
    }
}
