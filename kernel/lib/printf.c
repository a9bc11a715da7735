// SPDX-License-Identifier: BSD-2-Clause
#include "lib/printf.h"
#include "lib/string.h"

/* Where the text goes: the console when buffer is null. */
struct sink {
    char *buffer;
    size_t size_bytes;
    size_t length; /* of the whole text, also what did not fit */
};

/* One conversion as written between % and its letter. */
struct conversion {
    bool left;
    bool zero_fill;
    unsigned width;
    int precision; /* -1: none */
    bool is_64_bit;
};

static void sink_put(struct sink *sink, char c)
{
    if (sink->buffer == NULL) {
        console_put_char(c);
    } else if (sink->length + 1 < sink->size_bytes) {
        sink->buffer[sink->length] = c;
    }
    sink->length++;
}

static void sink_repeat(struct sink *sink, char c, unsigned count)
{
    while (count-- > 0) {
        sink_put(sink, c);
    }
}

static void sink_text(struct sink *sink, const struct conversion *how, const char *text,
                      size_t length)
{
    unsigned fill = how->width > length ? how->width - (unsigned)length : 0;

    sink_repeat(sink, ' ', how->left ? 0 : fill);
    for (size_t i = 0; i < length; i++) {
        sink_put(sink, text[i]);
    }
    sink_repeat(sink, ' ', how->left ? fill : 0);
}

static void sink_string(struct sink *sink, const struct conversion *how, const char *text)
{
    if (text == NULL) {
        text = "(null)";
    }
    sink_text(sink, how, text,
              strnlen(text, how->precision < 0 ? SIZE_MAX : (size_t)how->precision));
}

/* prefix: "", "-" or "0x"; it comes before zeroes and after blanks. */
static void sink_number(struct sink *sink, const struct conversion *how, uint64_t value,
                        unsigned base, const char *digits, const char *prefix)
{
    char text[20];
    unsigned length = 0;
    unsigned used;
    unsigned fill;

    do {
        text[length++] = digits[value % base];
        value /= base;
    } while (value != 0);

    used = length + (unsigned)strlen(prefix);
    fill = how->width > used ? how->width - used : 0;
    sink_repeat(sink, ' ', how->left || how->zero_fill ? 0 : fill);
    while (*prefix != '\0') {
        sink_put(sink, *prefix++);
    }
    sink_repeat(sink, '0', how->zero_fill && !how->left ? fill : 0);
    while (length > 0) {
        sink_put(sink, text[--length]);
    }
    sink_repeat(sink, ' ', how->left ? fill : 0);
}

static unsigned parse_digits(const char **format)
{
    unsigned value = 0;

    while (**format >= '0' && **format <= '9') {
        value = value * 10 + (unsigned)(*(*format)++ - '0');
    }
    return value;
}

/* A va_list passed by pointer stays usable for the caller; a plain one would not. */
struct arguments {
    va_list list;
};

static int parse_precision(const char **format, struct arguments *arguments)
{
    if (**format != '.') {
        return -1;
    }
    (*format)++;
    if (**format == '*') {
        (*format)++;
        return va_arg(arguments->list, int);
    }
    return (int)parse_digits(format);
}

/* Reads flags, width, precision and length; *format is left at the letter. */
static struct conversion parse_conversion(const char **format, struct arguments *arguments)
{
    struct conversion how = {.precision = -1};

    for (;; (*format)++) {
        if (**format == '-') {
            how.left = true;
        } else if (**format == '0') {
            how.zero_fill = true;
        } else {
            break;
        }
    }
    how.width = parse_digits(format);
    how.precision = parse_precision(format, arguments);
    while (**format == 'l' || **format == 'z') {
        how.is_64_bit = true;
        (*format)++;
    }
    return how;
}

static uint64_t next_unsigned(const struct conversion *how, struct arguments *arguments)
{
    return how->is_64_bit ? va_arg(arguments->list, uint64_t) : va_arg(arguments->list, unsigned);
}

static int64_t next_signed(const struct conversion *how, struct arguments *arguments)
{
    return how->is_64_bit ? va_arg(arguments->list, int64_t) : va_arg(arguments->list, int);
}

static void sink_signed(struct sink *sink, const struct conversion *how, int64_t value)
{
    /* Negated as unsigned: the smallest number has no positive twin. */
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

    sink_number(sink, how, magnitude, 10, "0123456789", value < 0 ? "-" : "");
}

/* False if the letter is none of ours. */
static bool sink_conversion(struct sink *sink, char letter, const struct conversion *how,
                            struct arguments *arguments)
{
    static const char lower[] = "0123456789abcdef";
    static const char upper[] = "0123456789ABCDEF";
    char c;

    switch (letter) {
    case '%': sink_put(sink, '%'); return true;
    case 'c':
        c = (char)va_arg(arguments->list, int);
        sink_text(sink, how, &c, 1);
        return true;
    case 's': sink_string(sink, how, va_arg(arguments->list, const char *)); return true;
    case 'd':
    case 'i': sink_signed(sink, how, next_signed(how, arguments)); return true;
    case 'u': sink_number(sink, how, next_unsigned(how, arguments), 10, lower, ""); return true;
    case 'x': sink_number(sink, how, next_unsigned(how, arguments), 16, lower, ""); return true;
    case 'X': sink_number(sink, how, next_unsigned(how, arguments), 16, upper, ""); return true;
    case 'p':
        sink_number(sink, how, (uintptr_t)va_arg(arguments->list, void *), 16, lower, "0x");
        return true;
    default: return false;
    }
}

static void sink_format(struct sink *sink, const char *format, struct arguments *arguments)
{
    while (*format != '\0') {
        const char *start = format;
        struct conversion how;

        if (*format++ != '%') {
            sink_put(sink, *start);
            continue;
        }
        how = parse_conversion(&format, arguments);
        if (*format != '\0' && sink_conversion(sink, *format, &how, arguments)) {
            format++;
            continue;
        }
        while (start < format) {
            sink_put(sink, *start++);
        }
    }
}

void print_always_va(const char *format, va_list arguments)
{
    struct sink sink = {.buffer = NULL};
    struct arguments copy;

    va_copy(copy.list, arguments);
    sink_format(&sink, format, &copy);
    va_end(copy.list);
}

void print_always(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_always_va(format, arguments);
    va_end(arguments);
}

size_t format_string_va(char *buffer, size_t size_bytes, const char *format, va_list arguments)
{
    struct sink sink = {.buffer = buffer, .size_bytes = size_bytes};
    struct arguments copy;

    assert(size_bytes > 0);
    va_copy(copy.list, arguments);
    sink_format(&sink, format, &copy);
    va_end(copy.list);
    buffer[MIN(sink.length, size_bytes - 1)] = '\0';
    return sink.length;
}

size_t format_string(char *buffer, size_t size_bytes, const char *format, ...)
{
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    length = format_string_va(buffer, size_bytes, format, arguments);
    va_end(arguments);
    return length;
}
