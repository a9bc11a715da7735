// SPDX-License-Identifier: BSD-2-Clause
#include <tiny/string.h>

#include <stdint.h>

/* A word anywhere in memory, whatever it belongs to. */
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

enum { WORD_BYTES = sizeof(any_word) };

/* Keeps the compiler from turning a loop into a call of the very function that it implements. */
#define NOT_A_LIBRARY_CALL() __asm__ volatile("" : : : "memory")

static void copy_up(unsigned char *to, const unsigned char *from, size_t count)
{
    for (; count >= WORD_BYTES; count -= WORD_BYTES, to += WORD_BYTES, from += WORD_BYTES) {
        *(any_word *)to = *(const any_word *)from;
        NOT_A_LIBRARY_CALL();
    }
    for (; count > 0; count--) {
        *to++ = *from++;
        NOT_A_LIBRARY_CALL();
    }
}

static void copy_down(unsigned char *to, const unsigned char *from, size_t count)
{
    for (; count >= WORD_BYTES; count -= WORD_BYTES) {
        *(any_word *)(to + count - WORD_BYTES) = *(const any_word *)(from + count - WORD_BYTES);
        NOT_A_LIBRARY_CALL();
    }
    for (; count > 0; count--) {
        to[count - 1] = from[count - 1];
        NOT_A_LIBRARY_CALL();
    }
}

void *tiny_memcpy(void *restrict to, const void *restrict from, size_t count)
{
    copy_up(to, from, count);
    return to;
}

/* Behind or beside the source a word read is never one that was written before. */
void *tiny_memmove(void *to, const void *from, size_t count)
{
    if ((uintptr_t)to - (uintptr_t)from >= count) {
        copy_up(to, from, count);
    } else {
        copy_down(to, from, count);
    }
    return to;
}

void *tiny_memset(void *to, int byte, size_t count)
{
    const any_word word = 0x0101010101010101u * (unsigned char)byte;
    unsigned char *at = to;

    for (; count >= WORD_BYTES; count -= WORD_BYTES, at += WORD_BYTES) {
        *(any_word *)at = word;
        NOT_A_LIBRARY_CALL();
    }
    for (; count > 0; count--) {
        *at++ = (unsigned char)byte;
        NOT_A_LIBRARY_CALL();
    }
    return to;
}

int tiny_memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *x = a, *y = b;

    for (; count > 0; count--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

void *tiny_memchr(const void *memory, int byte, size_t count)
{
    const unsigned char *at = memory;

    for (; count > 0; count--, at++) {
        if (*at == (unsigned char)byte) {
            return (void *)(uintptr_t)at;
        }
    }
    return NULL;
}

size_t tiny_strnlen(const char *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length] != '\0') {
        length++;
        NOT_A_LIBRARY_CALL();
    }
    return length;
}

size_t tiny_strlen(const char *text)
{
    return tiny_strnlen(text, SIZE_MAX);
}

int tiny_strncmp(const char *a, const char *b, size_t most)
{
    for (; most > 0; most--, a++, b++) {
        if (*a != *b || *a == '\0') {
            return (unsigned char)*a - (unsigned char)*b;
        }
    }
    return 0;
}

int tiny_strcmp(const char *a, const char *b)
{
    return tiny_strncmp(a, b, SIZE_MAX);
}

char *tiny_strchr(const char *text, int c)
{
    for (; *text != (char)c; text++) {
        if (*text == '\0') {
            return NULL;
        }
    }
    return (char *)(uintptr_t)text;
}

char *tiny_strrchr(const char *text, int c)
{
    const char *found = NULL;

    do {
        if (*text == (char)c) {
            found = text;
        }
    } while (*text++ != '\0');
    return (char *)(uintptr_t)found;
}

char *tiny_strstr(const char *text, const char *part)
{
    const size_t length = tiny_strlen(part);

    for (; tiny_strncmp(text, part, length) != 0; text++) {
        if (*text == '\0') {
            return NULL;
        }
    }
    return (char *)(uintptr_t)text;
}

size_t tiny_strlcpy(char *to, const char *from, size_t size)
{
    const size_t length = tiny_strlen(from);

    if (size > 0) {
        const size_t fits = length < size ? length : size - 1;

        tiny_memcpy(to, from, fits);
        to[fits] = '\0';
    }
    return length;
}
