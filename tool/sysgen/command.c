// SPDX-License-Identifier: BSD-2-Clause
#include "command.h"

const char *words_next(struct words *words)
{
    return words->at < words->count ? words->words[words->at++] : NULL;
}

const char *words_value(struct words *words, const char *option)
{
    const char *value = words_next(words);

    if (!value) {
        words_complain(words, "option '%s' needs a value", option);
    }
    return value;
}

void words_values(struct words *words, struct job *job, struct list *values)
{
    while (words->at < words->count && words->words[words->at][0] != '-') {
        list_add(job, values, words->words[words->at++]);
    }
}

void words_complain(struct words *words, const char *format, ...)
{
    va_list values;

    words->wrong = true;
    fprintf(stderr, "%s: error: ", words->program);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
}
