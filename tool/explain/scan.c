// SPDX-License-Identifier: BSD-2-Clause
#include "scan.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const char *scan_after(const char *line, const char *mark)
{
    const char *found = strstr(line, mark);

    return found ? found + strlen(mark) : NULL;
}

bool scan_number(const char **text, uint64_t *number)
{
    const char *start = *text, *digits = start + (*start == '-');
    bool is_hex = digits[0] == '0' && digits[1] == 'x';
    char *end;

    if (!isdigit((unsigned char)digits[0]) || (is_hex && !isxdigit((unsigned char)digits[2]))) {
        return false;
    }
    errno = 0;
    *number = strtoull(start, &end, is_hex ? 16 : 10);
    if (errno || is_word(*end)) {
        return false;
    }
    *text = end;
    return true;
}

bool scan_named(const char *line, const char *name, uint64_t *number)
{
    size_t length = strlen(name);

    for (const char *at = strstr(line, name); at; at = strstr(at + 1, name)) {
        const char *value = at + length;

        if ((at > line && is_word(at[-1])) || is_word(*value)) {
            continue;
        }
        value += strspn(value, " =:");
        if (value > at + length && scan_number(&value, number)) {
            return true;
        }
    }
    return false;
}

bool scan_word(const char **text, char *word, unsigned size)
{
    unsigned length = 0;

    for (; is_word((*text)[length]); length++) {
        if (length < size - 1) {
            word[length] = (*text)[length];
        }
    }
    word[length < size ? length : size - 1] = 0;
    *text += length;
    return length > 0;
}
