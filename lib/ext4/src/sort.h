// SPDX-License-Identifier: BSD-2-Clause
/* Heap sort: in place, and never more than n log n steps whatever the disk says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXT4_SORT_BYTES_MAX = 16 };

void ext4_sort(void *items, uint32_t count, size_t bytes,
               bool (*before)(const void *a, const void *b));
