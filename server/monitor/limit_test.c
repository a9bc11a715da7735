// SPDX-License-Identifier: BSD-2-Clause
#include "limit.h"
#include <stdio.h>
#include <stdlib.h>

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void test_so_many_in_a_minute(void)
{
    struct limit limit = {.next = 0};

    for (uint64_t i = 0; i < 3; i++) {
        CHECK(limit_take(&limit, 3, 1000 * i));
    }
    CHECK(!limit_take(&limit, 3, 2000));
    CHECK(!limit_take(&limit, 3, 59999));
    CHECK(limit_recent(&limit, 59999) == 3);
    CHECK(limit_take(&limit, 3, 60000)); /* the first one is a minute ago */
    CHECK(!limit_take(&limit, 3, 60999));
    CHECK(limit_take(&limit, 3, 61000));
}

static void test_largest(void)
{
    struct limit limit = {.next = 0};

    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < LIMIT_MAX; i++) {
            CHECK(limit_take(&limit, LIMIT_MAX, 60000 * round + i));
        }
        CHECK(!limit_take(&limit, LIMIT_MAX, 60000 * round + 59999));
        CHECK(limit_recent(&limit, 60000 * round + 59999) == LIMIT_MAX);
    }
    CHECK(limit_recent(&limit, 10000000) == 0);
}

static void test_seldom(void)
{
    struct limit limit = {.next = 0};

    for (uint64_t i = 0; i < 1000; i++) {
        CHECK(limit_take(&limit, 1, 60000 * i));
        CHECK(limit_recent(&limit, 60000 * i) == 1);
    }
}

int main(void)
{
    test_so_many_in_a_minute();
    test_largest();
    test_seldom();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
