// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory and text for programs without a C library.
 *
 * Each function exists under its standard name, because compilers call some of
 * them by themselves, and as tiny_..., which is the one that tests compare with
 * the host's C library.
 */
#pragma once

#include <stddef.h>

void *tiny_memcpy(void *restrict to, const void *restrict from, size_t count);
void *tiny_memmove(void *to, const void *from, size_t count);
void *tiny_memset(void *to, int byte, size_t count);
int tiny_memcmp(const void *a, const void *b, size_t count);
void *tiny_memchr(const void *memory, int byte, size_t count);
size_t tiny_strlen(const char *text);
size_t tiny_strnlen(const char *text, size_t most);
int tiny_strcmp(const char *a, const char *b);
int tiny_strncmp(const char *a, const char *b, size_t most);
char *tiny_strchr(const char *text, int c);
char *tiny_strrchr(const char *text, int c);
char *tiny_strstr(const char *text, const char *part);

/* Copies what fits, always terminates (unless size is 0), returns the length of `from`. */
size_t tiny_strlcpy(char *to, const char *from, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *a, const void *b, size_t count);
void *memchr(const void *memory, int byte, size_t count);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t most);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t most);
char *strchr(const char *text, int c);
char *strrchr(const char *text, int c);
char *strstr(const char *text, const char *part);
