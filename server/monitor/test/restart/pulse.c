// SPDX-License-Identifier: BSD-2-Clause
/* Looks at the clock all the time, and says for how long it could not. A count is a nanosecond. */
#include <microkit.h>

enum { WATCHED = 1000000000, COUNTS_A_US = 1000 };

static seL4_Word now(void)
{
    seL4_Uint32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

void init(void)
{
    const seL4_Word start = now();
    seL4_Word last = start, longest = 0;

    while (last - start < WATCHED) {
        const seL4_Word time = now();

        longest = time - last > longest ? time - last : longest;
        last = time;
    }
    microkit_dbg_puts("pulse: longest gap ");
    microkit_dbg_put32((seL4_Uint32)(longest / COUNTS_A_US));
    microkit_dbg_puts(" us\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
