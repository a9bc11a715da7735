// SPDX-License-Identifier: BSD-2-Clause
/* tiny.string: the same results as the host's C library, on exact copies that sanitizers watch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiny/string.h>

enum { AREA_BYTES = 64, LENGTH_MAX = 24, OFFSET_MAX = 9, ROUNDS = 20000 };

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void fill(unsigned char *area)
{
    for (int i = 0; i < AREA_BYTES; i++) {
        area[i] = (unsigned char)rand();
    }
}

/* All offsets and lengths up to a few words, with whatever surrounds them. */
static void test_copying(void)
{
    unsigned char start[AREA_BYTES], ours[AREA_BYTES], theirs[AREA_BYTES];

    for (int to = 0; to < OFFSET_MAX; to++) {
        for (int from = 0; from < OFFSET_MAX; from++) {
            for (size_t length = 0; length < LENGTH_MAX; length++) {
                fill(start);
                memcpy(ours, start, sizeof(ours));
                memcpy(theirs, start, sizeof(theirs));
                CHECK(tiny_memmove(ours + to, ours + from, length) == ours + to);
                memmove(theirs + to, theirs + from, length);
                CHECK(memcmp(ours, theirs, sizeof(ours)) == 0);
                CHECK(tiny_memcpy(ours + to, start + from, length) == ours + to);
                memcpy(theirs + to, start + from, length);
                CHECK(memcmp(ours, theirs, sizeof(ours)) == 0);
            }
        }
    }
}

static void test_memset(void)
{
    unsigned char ours[AREA_BYTES], theirs[AREA_BYTES];

    for (int at = 0; at < OFFSET_MAX; at++) {
        for (size_t length = 0; length < LENGTH_MAX; length++) {
            fill(ours);
            memcpy(theirs, ours, sizeof(ours));
            CHECK(tiny_memset(ours + at, 0x1a5, length) == ours + at);
            memset(theirs + at, 0x1a5, length);
            CHECK(memcmp(ours, theirs, sizeof(ours)) == 0);
        }
    }
}

/* A text of few different letters, so that matches happen, alone in its memory. */
static char *random_text(size_t *length)
{
    *length = (size_t)rand() % LENGTH_MAX;
    char *text = malloc(*length + 1);

    for (size_t i = 0; i < *length; i++) {
        text[i] = "ab\x80"[rand() % 3];
    }
    text[*length] = '\0';
    return text;
}

static void compare_texts(const char *a, size_t length_a, const char *b, size_t length_b)
{
    const size_t both = length_a < length_b ? length_a : length_b;
    const size_t most = (size_t)rand() % LENGTH_MAX;

    CHECK(tiny_strlen(a) == length_a);
    CHECK(tiny_strnlen(a, most) == strnlen(a, most));
    CHECK(sign(tiny_strcmp(a, b)) == sign(strcmp(a, b)));
    CHECK(sign(tiny_strncmp(a, b, most)) == sign(strncmp(a, b, most)));
    CHECK(sign(tiny_memcmp(a, b, both)) == sign(memcmp(a, b, both)));
    CHECK(tiny_memchr(a, 0x180, length_a) == memchr(a, 0x180, length_a));
    CHECK(tiny_strchr(a, 'b') == strchr(a, 'b'));
    CHECK(tiny_strchr(a, 0) == a + length_a);
    CHECK(tiny_strrchr(a, 'b') == strrchr(a, 'b'));
    CHECK(tiny_strrchr(a, 0) == a + length_a);
    CHECK(tiny_strstr(a, b) == strstr(a, b));
    CHECK(tiny_strstr(a, "ab") == strstr(a, "ab"));
}

static void test_texts(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        size_t length_a, length_b;
        char *a = random_text(&length_a), *b = random_text(&length_b);

        compare_texts(a, length_a, b, length_b);
        free(a);
        free(b);
    }
}

static void test_strlcpy(void)
{
    char to[4] = "zzz";

    CHECK(tiny_strlcpy(to, "abcdef", 4) == 6 && strcmp(to, "abc") == 0);
    CHECK(tiny_strlcpy(to, "x", 4) == 1 && strcmp(to, "x") == 0);
    CHECK(tiny_strlcpy(to, "yy", 0) == 2 && strcmp(to, "x") == 0);
    CHECK(tiny_strlcpy(to, "yy", 1) == 2 && strcmp(to, "") == 0);
}

int main(void)
{
    srand(1);
    test_copying();
    test_memset();
    test_texts();
    test_strlcpy();
    return failures != 0;
}
