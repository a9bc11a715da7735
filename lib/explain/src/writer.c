// SPDX-License-Identifier: BSD-2-Clause
#include "writer.h"

enum { NAME_CHARACTERS = 80 };

static void put_limited(void *context, char c)
{
    struct writer *writer = context;

    if (writer->left) {
        writer->left--;
        writer->put(writer->context, c);
    }
}

void writer_print(struct writer *writer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tiny_vformat(put_limited, writer, format, arguments);
    va_end(arguments);
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~';
}

void writer_name(struct writer *writer, const char *name)
{
    for (unsigned i = 0; name[i] && i < NAME_CHARACTERS; i++) {
        put_limited(writer, is_plain(name[i]) ? name[i] : '?');
    }
}

void writer_quoted(struct writer *writer, const char *name)
{
    put_limited(writer, '"');
    for (unsigned i = 0; name[i] && i < NAME_CHARACTERS; i++) {
        if (name[i] == '"' || name[i] == '\\') {
            put_limited(writer, '\\');
        }
        put_limited(writer, is_plain(name[i]) ? name[i] : '?');
    }
    put_limited(writer, '"');
}
