// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/* What the unit tests share: an expectation that is reported and counted. */
#include <stdio.h>

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, __func__, #condition); \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)
