// SPDX-License-Identifier: BSD-2-Clause
/* ext4.sort: every length up to a few dozen ends in order and with the same items. */
#include "sort.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST = 70 };

static bool before(const void *a, const void *b)
{
    return *(const uint32_t *)a < *(const uint32_t *)b;
}

int main(void)
{
    for (uint32_t count = 0; count <= LONGEST; count++) {
        uint32_t items[LONGEST], sum = 0, sorted_sum = 0;

        for (uint32_t i = 0; i < count; i++) {
            items[i] = (uint32_t)rand() % 50;
            sum += items[i];
        }
        ext4_sort(items, count, sizeof(items[0]), before);
        for (uint32_t i = 0; i < count; i++) {
            sorted_sum += items[i];
            if (i > 0 && items[i] < items[i - 1]) {
                fprintf(stderr, "%u items: %u after %u\n", count, items[i], items[i - 1]);
                return 1;
            }
        }
        if (sum != sorted_sum) {
            fprintf(stderr, "%u items: not the same ones\n", count);
            return 1;
        }
    }
    return 0;
}
