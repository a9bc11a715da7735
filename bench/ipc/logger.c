// SPDX-License-Identifier: BSD-2-Clause
/* Reads which requests there were from the ring that the server fills. It begins where it left off,
 * also after a restart: what it has not read is still there. */
#include "notes.h"

const char *plan;
volatile struct notes *notes;

static volatile seL4_Word last_number;

void init(void)
{
    become_ready('l');
}

void notified(microkit_channel ch)
{
    (void)ch;
    while (notes->log_read != notes->log_written) {
        crash_if_planned('l', notes->log_read);
        last_number = notes->log[notes->log_read % LOG_ROOM];
        notes->log_read++;
        pulse_beat(&notes->logger);
        come_back('l');
    }
}
