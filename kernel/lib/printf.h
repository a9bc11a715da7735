// SPDX-License-Identifier: BSD-2-Clause
/*
 * Formatted text. Conversions: %s %c %d %i %u %x %X %p %%, with the length
 * modifiers l, ll and z, a minimum width, `0` (zero fill), `-` (left) and, for %s, a
 * precision (`.8` or `.*`). Anything else is printed as it stands.
 *
 * kprintf is for chatter: it exists where CONFIG_PRINTING is 1. Boot errors
 * and panics use print_always, because a machine that stops must say why.
 */
#pragma once

#include "lib/base.h"
#include <stdarg.h>

/* The console of the platform (plat/) or of the host architecture. */
void console_put_char(char c);

/* Chatter; arguments are type-checked in every config, evaluated only where they are printed. */
#define kprintf(...)                                                                               \
    do {                                                                                           \
        if (CONFIG_PRINTING) {                                                                     \
            print_always(__VA_ARGS__);                                                             \
        }                                                                                          \
    } while (0)

void print_always(const char *format, ...) PRINTF_LIKE(1, 2);
void print_always_va(const char *format, va_list arguments) PRINTF_LIKE(1, 0);

/*
 * Formats into a buffer of size_bytes (must not be 0), always terminated.
 * Returns the length the whole text has, as snprintf does: more than
 * size_bytes - 1 means that it was cut.
 */
size_t format_string(char *buffer, size_t size_bytes, const char *format, ...) PRINTF_LIKE(3, 4);
size_t format_string_va(char *buffer, size_t size_bytes, const char *format, va_list arguments)
    PRINTF_LIKE(3, 0);
