// SPDX-License-Identifier: BSD-2-Clause
#include "sort.h"

#include "base.h"

#include <tiny/string.h>

static void swap(uint8_t *a, uint8_t *b, size_t bytes)
{
    uint8_t kept[EXT4_SORT_BYTES_MAX];

    memcpy(kept, a, bytes);
    memcpy(a, b, bytes);
    memcpy(b, kept, bytes);
}

static void sift_down(uint8_t *items, size_t at, size_t count, size_t bytes,
                      bool (*before)(const void *a, const void *b))
{
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && before(items + child * bytes, items + (child + 1) * bytes)) {
            child++;
        }
        if (!before(items + at * bytes, items + child * bytes)) {
            return;
        }
        swap(items + at * bytes, items + child * bytes, bytes);
        at = child;
    }
}

void ext4_sort(void *items, uint32_t count, size_t bytes,
               bool (*before)(const void *a, const void *b))
{
    ext4_assert(bytes <= EXT4_SORT_BYTES_MAX);
    for (uint32_t i = count / 2; i > 0; i--) {
        sift_down(items, i - 1, count, bytes, before);
    }
    for (uint32_t end = count; end > 1; end--) {
        swap(items, (uint8_t *)items + (size_t)(end - 1) * bytes, bytes);
        sift_down(items, 0, end - 1, bytes, before);
    }
}
