// SPDX-License-Identifier: BSD-2-Clause
/* Calls, shared memory, throughput. Nothing is printed here: the reporter does that afterwards. */
#include "client.h"

enum { MESSAGES_AT_ONCE = 32 };

static seL4_Word ask(seL4_Word label, seL4_Word number)
{
    microkit_mr_set(0, number);
    microkit_ppcall(SERVER, microkit_msginfo_new(label, 1));
    return microkit_mr_get(0);
}

static void expect(seL4_Word answer, seL4_Word right)
{
    if (answer != right) {
        notes->wrong++;
    }
}

void measure_calls(void)
{
    for (seL4_Word i = 0; i < client_iterations() + WARM_UP; i++) {
        const seL4_Word began_at = now();
        const seL4_Word answer = ask(ASK_ECHO, i);

        client_record(SERIES_CALL, i, began_at, now());
        expect(answer, i + 1);
    }
}

/* Writes word by word, so that the sum is another one each time. Of a function of its own the
 * compiler makes the same loop as on Linux's side: four instructions a word. */
static __attribute__((noinline)) seL4_Word write(seL4_Word bytes, seL4_Word seed)
{
    const seL4_Word words = bytes / sizeof(*data);

    for (seL4_Word i = 0; i < words; i++) {
        data[i] = seed + i;
    }
    return words * seed + words * (words - 1) / 2;
}

static void measure_transfers(enum series series, seL4_Word bytes)
{
    for (seL4_Word i = 0; i < client_iterations() + WARM_UP; i++) {
        const seL4_Word began_at = now();
        const seL4_Word right = write(bytes, i);
        const seL4_Word answer = ask(ASK_SUM, bytes);

        client_record(series, i, began_at, now());
        expect(answer, right);
    }
}

void measure_shared_memory(void)
{
    measure_transfers(SERIES_SHM_64, 64);
    measure_transfers(SERIES_SHM_4K, 0x1000);
    measure_transfers(SERIES_SHM_64K, 0x10000);
}

static void measure_call_stretch(void)
{
    const seL4_Word messages = client_iterations();
    const seL4_Word began_at = now();

    for (seL4_Word i = 0; i < messages; i++) {
        ask(ASK_ECHO, i);
    }
    notes->calls.ticks = now() - began_at;
    notes->calls.messages = messages;
}

/*
 * Messages one way: the server takes them out of the shared region when it is notified, at once,
 * since its priority is higher. So the ring never has more in it than one notification tells of.
 */
static void measure_ring_stretch(volatile struct stretch *stretch, seL4_Word at_once)
{
    const seL4_Word messages = client_iterations();
    const seL4_Word began_at = now();
    seL4_Word right = 0;

    notes->ring_written = notes->ring_taken = notes->ring_sum = 0;
    for (seL4_Word i = 0; i < messages; i++) {
        for (unsigned word = 0; word < MESSAGE_WORDS; word++) {
            data[i % RING_ROOM * MESSAGE_WORDS + word] = i + word;
        }
        right += MESSAGE_WORDS * i + MESSAGE_WORDS * (MESSAGE_WORDS - 1) / 2;
        if ((i + 1) % at_once == 0 || i + 1 == messages) {
            notes->ring_written = i + 1;
            microkit_notify(RING);
        }
    }
    stretch->ticks = now() - began_at;
    stretch->messages = messages;
    expect(notes->ring_sum, right);
    expect(notes->ring_taken, messages);
}

void measure_throughput(void)
{
    measure_call_stretch();
    measure_ring_stretch(&notes->ring, MESSAGES_AT_ONCE);
    measure_ring_stretch(&notes->single, 1);
}
