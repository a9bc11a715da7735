// SPDX-License-Identifier: BSD-2-Clause
/*
 * Formatted text without a C library and without allocation.
 *
 * Conversions: d i u o x X c s p and %%. Flags - + space # 0, width and
 * precision as numbers or *, sizes hh h l ll j z t. No floating point, no %n. A
 * conversion that is none of these is printed as it stands.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Takes one character after the other; `context` is the caller's. */
typedef void (*tiny_put)(void *context, char c);

/* All return how many characters the whole text has, whether they fitted or not. */
int tiny_vformat(tiny_put put, void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int tiny_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int tiny_snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where tiny_printf writes; null, as at the start, throws the text away. */
void tiny_set_output(tiny_put put, void *context);
int tiny_vprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
int tiny_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
