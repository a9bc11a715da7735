// SPDX-License-Identifier: BSD-2-Clause
/* sysgen.number: the three forms of numbers, at their limits. */
#include "number.h"
#include "test/check.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_flexible(const char *text, bool good, uint64_t expected)
{
    uint64_t value;
    bool taken = !number_flexible(text, &value);

    if (taken != good || (good && value != expected)) {
        fprintf(stderr, "number '%s': %s\n", text, taken ? "taken, or another value" : "refused");
        failures++;
    }
}

static void test_flexible(void)
{
    static const char *const broken[] = {"",
                                         "_",
                                         "0x",
                                         "0x_",
                                         "0X10",
                                         "1k",
                                         "-1",
                                         " 1",
                                         "1 ",
                                         "++1",
                                         "18446744073709551616",
                                         "0x10000000000000000",
                                         "a",
                                         "0xg"};

    check_flexible("0", true, 0);
    check_flexible("18446744073709551615", true, UINT64_MAX);
    check_flexible("0xffff_ffff_FFFF_ffff", true, UINT64_MAX);
    check_flexible("_0_x_1_0_", true, 16);
    check_flexible("+12", true, 12);
    check_flexible("0x+12", true, 18);
    check_flexible("010", true, 10);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        check_flexible(broken[i], false, 0);
    }
}

static void test_plain(void)
{
    int64_t value;

    CHECK(!number_plain("-9223372036854775807", &value) && value == -INT64_MAX);
    CHECK(!number_plain("9223372036854775807", &value) && value == INT64_MAX);
    CHECK(!number_plain("+7", &value) && value == 7);
    CHECK(number_plain("9223372036854775808", &value));
    CHECK(number_plain("", &value) && number_plain("-", &value) && number_plain("0x1", &value));
    CHECK(number_plain("1_0", &value) && number_plain(" 1", &value));
}

static void test_hex_part(void)
{
    static const char text[] = " 1f\t.rest", prefixed[] = "0x1";
    int64_t value;

    CHECK(!number_hex_part(text, strchr(text, '.'), &value) && value == 0x1f);
    CHECK(number_hex_part(text, text, &value) && number_hex_part(text, text + 1, &value));
    CHECK(number_hex_part(prefixed, strchr(prefixed, 0), &value));
}

int main(void)
{
    test_flexible();
    test_plain();
    test_hex_part();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
