// SPDX-License-Identifier: BSD-2-Clause
/* From the instruction that fails to the first line after the restart, of a component of 64 KiB. */
#include "report.h"

enum { ROOM = 65536, LIVES = 12 };

/* In a region that persists. */
struct notes {
    uint64_t lives, failed_at;
    uint64_t away[LIVES];
};
struct notes *notes;

/* Data, so that it is reloaded from the image. */
static volatile char room[ROOM] = {1};

static void insert(uint64_t *values, unsigned count, uint64_t value)
{
    for (; count > 0 && values[count - 1] > value; count--) {
        values[count] = values[count - 1];
    }
    values[count] = value;
}

void init(void)
{
    const uint64_t now = report_now();

    if (notes->lives > 0) {
        insert(notes->away, (unsigned)notes->lives - 1, now - notes->failed_at);
    }
    if (notes->lives == LIVES) {
        report_value("system.restart", notes->away, LIVES);
        report_done();
        return;
    }
    notes->lives++;
    room[ROOM / 2] = 2;
    notes->failed_at = report_now();
    __asm__ volatile("ud2");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
