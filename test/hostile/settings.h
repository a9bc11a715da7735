// SPDX-License-Identifier: BSD-2-Clause
/* What a run does, settable without recompiling: README.md. */
#pragma once

#include <stdint.h>

struct settings {
    uint64_t seed;
    uint64_t calls;  /* system calls of the workers, all together */
    uint64_t first;  /* number of the first generation, to get at a late one early */
    uint64_t length; /* calls in a generation */
};

struct settings settings_read(void);
