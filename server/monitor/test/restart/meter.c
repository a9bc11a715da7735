// SPDX-License-Identifier: BSD-2-Clause
/* A component of 64 KiB that fails, and writes to the serial port how long it was away. */
#include "chain.h"

enum { PORTS = 0, DATA = 0x3f8, ROOM = 65536, LIVES = 4 };

struct notes {
    seL4_Word life, failed_at;
};
struct notes *kept;

/* Data, so that it is reloaded from the image. */
static volatile char room[ROOM] = {1};

static seL4_Word now(void)
{
    seL4_Uint32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

static void put(char c)
{
    microkit_x86_ioport_write_8(PORTS, DATA, (seL4_Uint8)c);
}

static void say(seL4_Word number)
{
    if (number >= 10) {
        say(number / 10);
    }
    put((char)('0' + number % 10));
}

void init(void)
{
    const seL4_Word away = now() - kept->failed_at;

    if (++kept->life > 1) {
        for (const char *text = "away "; *text; text++) {
            put(*text);
        }
        say(away);
        put('\n');
    }
    if (kept->life == LIVES) {
        for (const char *text = "end\n"; *text; text++) {
            put(*text);
        }
        return;
    }
    room[kept->life * 4096] = 2;
    kept->failed_at = now();
    fail();
}

void notified(microkit_channel ch)
{
    (void)ch;
}
