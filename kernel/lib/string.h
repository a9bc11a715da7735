// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory and string primitives under their standard names and with their
 * standard meaning, because the compiler calls the mem* four on its own. Those
 * belong to the architecture (arch/.../memory_ops.c; the host has libc's), the
 * str* ones are in string.c.
 */
#pragma once

#include "lib/base.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);

size_t strnlen(const char *s, size_t limit);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t limit);
int strcmp(const char *a, const char *b);
