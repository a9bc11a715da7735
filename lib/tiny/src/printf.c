// SPDX-License-Identifier: BSD-2-Clause
#include <tiny/printf.h>

#include <stdbool.h>
#include <stdint.h>
#include <tiny/string.h>

/* Where the characters go, and how many there were. */
struct sink {
    tiny_put put;
    void *context;
    int count;
};

/* What stands between the % and its letter. */
struct conversion {
    bool left;
    bool plus;
    bool space;
    bool alternative;
    bool zero;
    int width;
    int precision; /* -1: none */
    int size;      /* bytes of an integer argument */
};

/* A number taken apart; printed as prefix, zeros, digits. */
struct digits {
    const char *prefix;
    int zeros;
    const char *start;
    int count;
};

enum { DIGITS_MAX = 3 * sizeof(uint64_t) }; /* octal needs most */

static void emit(struct sink *sink, char c)
{
    sink->put(sink->context, c);
    sink->count++;
}

static void emit_many(struct sink *sink, char c, int count)
{
    for (; count > 0; count--) {
        emit(sink, c);
    }
}

static void emit_text(struct sink *sink, const char *text, int count)
{
    for (; count > 0; count--) {
        emit(sink, *text++);
    }
}

/* ---- reading a conversion ---- */

static const char *read_flags(const char *at, struct conversion *how)
{
    for (;; at++) {
        switch (*at) {
        case '-': how->left = true; break;
        case '+': how->plus = true; break;
        case ' ': how->space = true; break;
        case '#': how->alternative = true; break;
        case '0': how->zero = true; break;
        default: return at;
        }
    }
}

/* A number, or * for the next argument. */
static const char *read_number(const char *at, int *number, va_list *arguments)
{
    if (*at == '*') {
        *number = va_arg(*arguments, int);
        return at + 1;
    }
    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        *number = *number < 100000 ? *number * 10 + (*at - '0') : *number;
    }
    return at;
}

static const char *read_width(const char *at, struct conversion *how, va_list *arguments)
{
    at = read_number(at, &how->width, arguments);
    if (how->width < 0) {
        how->left = true;
        how->width = how->width == INT32_MIN ? INT32_MAX : -how->width;
    }
    if (*at == '.') {
        at = read_number(at + 1, &how->precision, arguments);
    }
    return at;
}

static const char *read_size(const char *at, struct conversion *how)
{
    switch (*at) {
    case 'h': how->size = at[1] == 'h' ? sizeof(char) : sizeof(short); break;
    case 'l': how->size = at[1] == 'l' ? sizeof(long long) : sizeof(long); break;
    case 'j': how->size = sizeof(intmax_t); break;
    case 'z': how->size = sizeof(size_t); break;
    case 't': how->size = sizeof(ptrdiff_t); break;
    default: return at;
    }
    return at[0] == at[1] && (*at == 'h' || *at == 'l') ? at + 2 : at + 1;
}

/* ---- printing it ---- */

static void put_padded(struct sink *sink, const struct conversion *how, struct digits digits)
{
    const int prefix = (int)tiny_strlen(digits.prefix);
    int padding = how->width - prefix - digits.zeros - digits.count;

    if (how->zero && !how->left && how->precision < 0 && padding > 0) {
        digits.zeros += padding;
        padding = 0;
    }
    if (!how->left) {
        emit_many(sink, ' ', padding);
    }
    emit_text(sink, digits.prefix, prefix);
    emit_many(sink, '0', digits.zeros);
    emit_text(sink, digits.start, digits.count);
    if (how->left) {
        emit_many(sink, ' ', padding);
    }
}

/* Writes the digits backwards from `end`; returns the first. */
static char *write_digits(char *end, uint64_t value, unsigned base, bool capital)
{
    const char *letters = capital ? "0123456789ABCDEF" : "0123456789abcdef";

    for (; value > 0; value /= base) {
        *--end = letters[value % base];
    }
    return end;
}

static void put_number(struct sink *sink, const struct conversion *how, uint64_t value,
                       unsigned base, const char *prefix, bool capital)
{
    char text[DIGITS_MAX];
    char *start = write_digits(text + DIGITS_MAX, value, base, capital);
    const int count = (int)(text + DIGITS_MAX - start);
    const int least = how->precision < 0 ? 1 : how->precision;
    int zeros = least > count ? least - count : 0;

    if (base == 8 && how->alternative && zeros == 0 && (count == 0 || *start != '0')) {
        zeros = 1;
    }
    put_padded(sink, how,
               (struct digits){.prefix = prefix, .zeros = zeros, .start = start, .count = count});
}

static int64_t next_signed(const struct conversion *how, va_list *arguments)
{
    switch (how->size) {
    case sizeof(char): return (signed char)va_arg(*arguments, int);
    case sizeof(short): return (short)va_arg(*arguments, int);
    case sizeof(int64_t): return va_arg(*arguments, int64_t);
    default: return va_arg(*arguments, int);
    }
}

static uint64_t next_unsigned(const struct conversion *how, va_list *arguments)
{
    switch (how->size) {
    case sizeof(char): return (unsigned char)va_arg(*arguments, unsigned);
    case sizeof(short): return (unsigned short)va_arg(*arguments, unsigned);
    case sizeof(uint64_t): return va_arg(*arguments, uint64_t);
    default: return va_arg(*arguments, unsigned);
    }
}

static void put_signed(struct sink *sink, const struct conversion *how, int64_t value)
{
    const char *sign = value < 0 ? "-" : how->plus ? "+" : how->space ? " " : "";

    put_number(sink, how, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, sign, false);
}

static void put_hexadecimal(struct sink *sink, const struct conversion *how, uint64_t value,
                            bool capital)
{
    const char *prefix = !how->alternative || value == 0 ? "" : capital ? "0X" : "0x";

    put_number(sink, how, value, 16, prefix, capital);
}

/* Texts and characters know no zeros. */
static void put_text(struct sink *sink, struct conversion how, const char *text, int count)
{
    how.zero = false;
    put_padded(sink, &how, (struct digits){.prefix = "", .start = text, .count = count});
}

static void put_string(struct sink *sink, const struct conversion *how, const char *text)
{
    if (text == NULL) {
        text = "(null)";
    }
    put_text(sink, *how, text,
             (int)tiny_strnlen(text, how->precision < 0 ? SIZE_MAX : (size_t)how->precision));
}

static void put_pointer(struct sink *sink, struct conversion how, const void *pointer)
{
    if (pointer == NULL) {
        put_text(sink, how, "(nil)", 5);
    } else {
        how.alternative = true;
        put_hexadecimal(sink, &how, (uintptr_t)pointer, false);
    }
}

/* Prints one conversion by its letter; false if there is none of this letter. */
static bool put_conversion(struct sink *sink, const struct conversion *how, char letter,
                           va_list *arguments)
{
    char c;

    switch (letter) {
    case 'd':
    case 'i': put_signed(sink, how, next_signed(how, arguments)); return true;
    case 'u': put_number(sink, how, next_unsigned(how, arguments), 10, "", false); return true;
    case 'o': put_number(sink, how, next_unsigned(how, arguments), 8, "", false); return true;
    case 'x':
    case 'X': put_hexadecimal(sink, how, next_unsigned(how, arguments), letter == 'X'); return true;
    case 'c':
        c = (char)va_arg(*arguments, int);
        put_text(sink, *how, &c, 1);
        return true;
    case 's': put_string(sink, how, va_arg(*arguments, const char *)); return true;
    case 'p': put_pointer(sink, *how, va_arg(*arguments, void *)); return true;
    case '%': emit(sink, '%'); return true;
    default: return false;
    }
}

int tiny_vformat(tiny_put put, void *context, const char *format, va_list arguments)
{
    struct sink sink = {.put = put, .context = context};
    va_list rest;

    va_copy(rest, arguments);
    while (*format != '\0') {
        struct conversion how = {.precision = -1, .size = sizeof(int)};
        const char *at = format + 1;

        if (*format != '%') {
            emit(&sink, *format++);
            continue;
        }
        at = read_size(read_width(read_flags(at, &how), &how, &rest), &how);
        if (put_conversion(&sink, &how, *at, &rest)) {
            format = at + 1;
        } else {
            emit(&sink, *format++);
        }
    }
    va_end(rest);
    return sink.count;
}

/* ---- into a buffer ---- */

struct buffer {
    char *at;
    size_t left; /* with the place for the end */
};

static void put_into_buffer(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->left > 1) {
        *buffer->at++ = c;
        buffer->left--;
    }
}

int tiny_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct buffer where = {.at = buffer, .left = size};
    const int count = tiny_vformat(put_into_buffer, &where, format, arguments);

    if (size > 0) {
        *where.at = '\0';
    }
    return count;
}

int tiny_snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = tiny_vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return count;
}

/* ---- to the output ---- */

static void put_nowhere(void *context, char c)
{
    (void)context;
    (void)c;
}

static struct {
    tiny_put put;
    void *context;
} output = {.put = put_nowhere};

void tiny_set_output(tiny_put put, void *context)
{
    output.put = put == NULL ? put_nowhere : put;
    output.context = context;
}

int tiny_vprintf(const char *format, va_list arguments)
{
    return tiny_vformat(output.put, output.context, format, arguments);
}

int tiny_printf(const char *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = tiny_vprintf(format, arguments);
    va_end(arguments);
    return count;
}
