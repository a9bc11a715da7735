// SPDX-License-Identifier: BSD-2-Clause
/* Looks at the clock all the time, and sees from jumps of it when others ran, and for how long. */
#include <microkit.h>

enum { ROUNDS = 4, JUMP_MIN_US = 1000 };

const struct {
    seL4_BootInfoHeader header;
    seL4_Uint32 mhz;
} __attribute__((packed)) * clock;

static seL4_Word now_us(void)
{
    seL4_Uint32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((seL4_Word)high << 32 | low) / clock->mhz;
}

static void put_ms(const char *before, seL4_Word us)
{
    microkit_dbg_puts(before);
    microkit_dbg_put32((seL4_Uint32)((us + 500) / 1000));
    microkit_dbg_puts(" ms");
}

/* The first time there is no telling how much of the slice is over already. */
void init(void)
{
    seL4_Word last = now_us(), began = last;

    for (unsigned round = 0; round < ROUNDS;) {
        const seL4_Word now = now_us();

        if (now - last >= JUMP_MIN_US) {
            if (round > 0) {
                put_ms("modest: I had ", last - began);
                put_ms(", then others had ", now - last);
                microkit_dbg_puts("\n");
            }
            round++;
            began = now;
        }
        last = now;
    }
    microkit_dbg_puts("modest: done\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
