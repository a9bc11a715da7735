// SPDX-License-Identifier: BSD-2-Clause
/* The standard names. Not part of the host build, where the C library has them. */
#include <tiny/string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    return tiny_memcpy(to, from, count);
}

void *memmove(void *to, const void *from, size_t count)
{
    return tiny_memmove(to, from, count);
}

void *memset(void *to, int byte, size_t count)
{
    return tiny_memset(to, byte, count);
}

int memcmp(const void *a, const void *b, size_t count)
{
    return tiny_memcmp(a, b, count);
}

void *memchr(const void *memory, int byte, size_t count)
{
    return tiny_memchr(memory, byte, count);
}

size_t strlen(const char *text)
{
    return tiny_strlen(text);
}

size_t strnlen(const char *text, size_t most)
{
    return tiny_strnlen(text, most);
}

int strcmp(const char *a, const char *b)
{
    return tiny_strcmp(a, b);
}

int strncmp(const char *a, const char *b, size_t most)
{
    return tiny_strncmp(a, b, most);
}

char *strchr(const char *text, int c)
{
    return tiny_strchr(text, c);
}

char *strrchr(const char *text, int c)
{
    return tiny_strrchr(text, c);
}

char *strstr(const char *text, const char *part)
{
    return tiny_strstr(text, part);
}
