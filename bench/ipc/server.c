// SPDX-License-Identifier: BSD-2-Clause
/* Answers the client: with what it sent, with the sum of what lies in the shared region, or, under
 * load, with what the logger is told about. */
#include "notes.h"

enum { LOGGER = 5, ROUND_TRIP = 4, RING = 6 };

const char *plan;
volatile struct notes *notes;
seL4_Word *data;

void init(void)
{
    become_ready('s');
}

/* The length is the client's word, so it is not trusted. */
static seL4_Word sum(seL4_Word bytes)
{
    const seL4_Word words = (bytes < DATA_BYTES ? bytes : DATA_BYTES) / sizeof(*data);
    seL4_Word total = 0;

    for (seL4_Word i = 0; i < words; i++) {
        total += data[i];
    }
    return total;
}

/* The logger reads its ring when it can. What does not fit any more is lost, and counted. */
static void log(seL4_Word number)
{
    if (notes->log_written - notes->log_read == LOG_ROOM) {
        notes->log_lost++;
        return;
    }
    notes->log[notes->log_written % LOG_ROOM] = number;
    notes->log_written++;
    microkit_notify(LOGGER);
}

static seL4_Word work(seL4_Word number)
{
    crash_if_planned('s', number);
    log(number);
    pulse_beat(&notes->server);
    return 2 * number + 1;
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    const seL4_Word number = microkit_mr_get(0);

    (void)ch;
    switch (microkit_msginfo_get_label(msginfo)) {
    case ASK_SUM: microkit_mr_set(0, sum(number)); break;
    case ASK_WORK: microkit_mr_set(0, work(number)); break;
    default: microkit_mr_set(0, number + 1); break;
    }
    return microkit_msginfo_new(0, 1);
}

static void take_messages(void)
{
    seL4_Word taken = notes->ring_taken;
    seL4_Word total = 0;

    for (; taken < notes->ring_written; taken++) {
        const seL4_Word *message = &data[taken % RING_ROOM * MESSAGE_WORDS];

        for (unsigned word = 0; word < MESSAGE_WORDS; word++) {
            total += message[word];
        }
    }
    notes->ring_sum += total;
    notes->ring_taken = taken;
}

void notified(microkit_channel ch)
{
    if (ch == ROUND_TRIP) {
        microkit_notify(ROUND_TRIP);
    } else if (ch == RING) {
        take_messages();
    }
}
