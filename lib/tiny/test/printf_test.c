// SPDX-License-Identifier: BSD-2-Clause
/* tiny.printf: character for character what the host's C library prints. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiny/printf.h>

enum { TEXT_BYTES = 128, ROUNDS = 200000 };

static unsigned failures;

/* The formats of random tests are not literals; what they say is made to fit. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void compare(const char *format, ...)
{
    char ours[TEXT_BYTES], theirs[TEXT_BYTES];
    const size_t size = (size_t)rand() % TEXT_BYTES;
    va_list arguments, again;

    memset(ours, 'z', sizeof(ours));
    memset(theirs, 'z', sizeof(theirs));
    va_start(arguments, format);
    va_copy(again, arguments);
    const int our_count = tiny_vsnprintf(ours, size, format, arguments);
    const int their_count = vsnprintf(theirs, size, format, again);
    va_end(again);
    va_end(arguments);
    if (our_count != their_count || memcmp(ours, theirs, sizeof(ours)) != 0) {
        fprintf(stderr, "\"%s\" into %zu bytes: %d \"%.*s\", expected %d \"%.*s\"\n", format, size,
                our_count, (int)size, ours, their_count, (int)size, theirs);
        failures++;
    }
}

static uint64_t interesting(void)
{
    static const uint64_t values[] = {
        0,    1,      7,      8,          9,          10,        0x7f,       0x80,
        0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, INT64_MAX, UINT64_MAX, 1ull << 63};
    const uint64_t value = values[(size_t)rand() % (sizeof(values) / sizeof(values[0]))];

    return rand() % 2 == 0 ? value : value ^ (uint64_t)rand();
}

/* "%" flags width precision, by chance; returns where the size and letter go. */
static char *random_start(char *at, const char *flags)
{
    *at++ = '%';
    for (const char *flag = flags; *flag != '\0'; flag++) {
        if (rand() % 3 == 0) {
            *at++ = *flag;
        }
    }
    if (rand() % 2 == 0) {
        at += sprintf(at, "%d", rand() % 30 + 1);
    }
    if (rand() % 2 == 0) {
        at += sprintf(at, ".%d", rand() % 30);
    }
    return at;
}

static void test_integers(void)
{
    static const char *const sizes[] = {"hh", "h", "", "l", "ll", "j", "z", "t"};
    static const struct {
        char letter;
        const char *flags;
    } kinds[] = {{'d', "-+ 0"}, {'i', "-+ 0"}, {'u', "-0"},
                 {'o', "-#0"},  {'x', "-#0"},  {'X', "-#0"}};

    for (int i = 0; i < ROUNDS; i++) {
        const size_t kind = (size_t)rand() % (sizeof(kinds) / sizeof(kinds[0]));
        const size_t size = (size_t)rand() % (sizeof(sizes) / sizeof(sizes[0]));
        const uint64_t value = interesting();
        char format[64] = "<";
        char *at = random_start(format + 1, kinds[kind].flags);

        sprintf(at, "%s%c>", sizes[size], kinds[kind].letter);
        if (size < 3) {
            compare(format, (int)value);
        } else {
            compare(format, value);
        }
    }
}

static void test_texts(void)
{
    for (int i = 0; i < ROUNDS / 10; i++) {
        char format[64];
        char *at = random_start(format, "-");

        strcpy(at, "s|");
        compare(format, "twelve chars");
    }
    compare("%5c|%-5c|%c", 'a', 'b', '\0');
    compare("%.3s", (const char[]){'a', 'b', 'c'}); /* no terminator to run into */
    compare("%*d|%-*d|%.*d|%*.*x", 7, 1, 7, 2, 4, 3, 9, 5, 0xabcu);
    compare("%*d|%.*d", -7, 1, -1, 5);
    compare("%p %p %20p %-20p|", (void *)0x1234, NULL, (void *)1, NULL);
    compare("100%% %d%%", 5);
    compare("");
}

static void put_counting(void *context, char c)
{
    (void)c;
    ++*(int *)context;
}

static void test_output(void)
{
    int count = 0;

    tiny_printf("lost %d", 1);
    tiny_set_output(put_counting, &count);
    if (tiny_printf("%s %d", "four", 1234) != 9 || count != 9) {
        fprintf(stderr, "tiny_printf: %d characters, expected 9\n", count);
        failures++;
    }
    tiny_set_output(NULL, NULL);
    tiny_printf("lost");
}

/* What is no conversion stays as it is. */
static void test_unknown(void)
{
    static const char *const odd[] = {"%y", "%", "%-5", "a%lq"};
    char text[TEXT_BYTES];

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        tiny_snprintf(text, sizeof(text), odd[i], 0);
        if (strcmp(text, odd[i]) != 0) {
            fprintf(stderr, "\"%s\" gives \"%s\"\n", odd[i], text);
            failures++;
        }
    }
}

int main(void)
{
    srand(1);
    test_integers();
    test_texts();
    test_output();
    test_unknown();
    return failures != 0;
}
