// SPDX-License-Identifier: BSD-2-Clause
/* What the library's unit tests share. */
#pragma once

#include <stdio.h>

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)
