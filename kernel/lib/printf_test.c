// SPDX-License-Identifier: BSD-2-Clause
/* lib.printf: formatted text, on the host, compared with the C library's snprintf. */
#include "lib/printf.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The host architecture's own, once it exists, wins over these. */
__attribute__((weak)) void panic(const char *format, ...)
{
    fprintf(stderr, "panic: %s\n", format);
    abort();
}

static char console[256];
static size_t console_length;

__attribute__((weak)) void console_put_char(char c)
{
    if (console_length < sizeof(console) - 1) {
        console[console_length++] = c;
    }
}

static unsigned failures;

/* Same text, same returned length, same cut in a buffer that is too small. */
#define CHECK_LIKE_LIBC(...)                                                                       \
    do {                                                                                           \
        char ours[200], theirs[200], cut[5];                                                       \
        size_t length = format_string(ours, sizeof(ours), __VA_ARGS__);                            \
        size_t cut_length = format_string(cut, sizeof(cut), __VA_ARGS__);                          \
        size_t expected = (size_t)snprintf(theirs, sizeof(theirs), __VA_ARGS__);                   \
                                                                                                   \
        if (length != expected || cut_length != expected || strcmp(ours, theirs) != 0 ||           \
            strlen(cut) != MIN(expected, sizeof(cut) - 1) ||                                       \
            strncmp(cut, theirs, sizeof(cut) - 1) != 0) {                                          \
            fprintf(stderr, "%s:%d: expected '%s', got '%s'\n", __FILE__, __LINE__, theirs, ours); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void test_text(void)
{
    CHECK_LIKE_LIBC("plain");
    CHECK_LIKE_LIBC("%s %c%c 100%%", "text", 'a', 'b');
    CHECK_LIKE_LIBC("[%8s] [%-8s] [%2s]", "right", "left", "wider");
    CHECK_LIKE_LIBC("[%.3s] [%.*s] [%.9s]", "abcdef", 2, "abcdef", "short");
    CHECK_LIKE_LIBC("[%3c] [%-3c]", 'x', 'y');
}

static void test_numbers(void)
{
    CHECK_LIKE_LIBC("%d %i %u", -5, 7, 9u);
    CHECK_LIKE_LIBC("%d %d %u", INT_MIN, INT_MAX, UINT_MAX);
    CHECK_LIKE_LIBC("%ld %ld %lu", LONG_MIN, LONG_MAX, ULONG_MAX);
    CHECK_LIKE_LIBC("%lld %llu %zu", -1ll, 1ull, sizeof(failures));
    CHECK_LIKE_LIBC("%x %X %lx", 0xbeefu, 0xbeefu, 0x123456789abcdefful);
    CHECK_LIKE_LIBC("[%08lx] [%8x] [%-8x] [%2x]", 0xaul, 0xbu, 0xcu, 0x12345u);
    CHECK_LIKE_LIBC("[%05d] [%5d] [%-5d]", -42, -42, -42);
    CHECK_LIKE_LIBC("%d %u %x", 0, 0u, 0u);
    CHECK_LIKE_LIBC("%p", (void *)&failures);
}

/* What libc leaves undefined has a meaning here. */
static void test_our_own(void)
{
    const char *volatile no_text = NULL; /* a compiler that sees through it warns */
    const char *const odd[] = {"%", "%q", "a%-09.3l"};
    char buffer[16];

    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        const char *volatile format = odd[i];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        format_string(buffer, sizeof(buffer), format);
#pragma GCC diagnostic pop
        if (strcmp(buffer, odd[i]) != 0) {
            fprintf(stderr, "expected '%s' unchanged, got '%s'\n", odd[i], buffer);
            failures++;
        }
    }
    format_string(buffer, sizeof(buffer), "%s", no_text);
    failures += strcmp(buffer, "(null)") != 0;
    format_string(buffer, 1, "%s", "text");
    failures += buffer[0] != '\0';
}

static void test_console(void)
{
    console_length = 0;
    print_always("%s %d\n", "line", 1);
    failures += console_length != 7 || memcmp(console, "line 1\n", 7) != 0;
}

int main(void)
{
    test_text();
    test_numbers();
    test_our_own();
    test_console();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
