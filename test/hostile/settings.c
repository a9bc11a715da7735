// SPDX-License-Identifier: BSD-2-Clause
#include "settings.h"

#include <stdbool.h>
#include <tiny/string.h>

/* The runner (NAME:TEXT) and long.py write words like `calls=1000,seed=7` here. */
extern char test_only[64];
char test_only[64] = "*";

/* The number behind `key=` in the text, or the default. */
static uint64_t number_of(const char *key, uint64_t otherwise)
{
    const char *at = tiny_strstr(test_only, key);
    uint64_t value = 0;

    if (at == NULL) {
        return otherwise;
    }
    for (at += tiny_strlen(key); *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    return value;
}

struct settings settings_read(void)
{
    return (struct settings){
        .seed = number_of("seed=", 1),
        .calls = number_of("calls=", 300000),
        .first = number_of("first=", 0),
        .length = number_of("length=", 5000),
    };
}
