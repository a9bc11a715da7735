// SPDX-License-Identifier: BSD-2-Clause
#include "bench.h"
#include <tiny/printf.h>

enum { COM2 = 0x2f8, EXIT_PORT = 0xf4 };

unsigned rounds;
volatile uint64_t sample_started;
volatile unsigned sample_count;
seL4_CPtr samples_done;

static uint64_t samples[ROUNDS];
static uint64_t empty_pair; /* two timestamps with nothing in between */
static seL4_CPtr port;

static void put(char c)
{
    seL4_X86_IOPort_Out8(port, COM2, (seL4_Word)(unsigned char)c);
}

void report_line(const char *text)
{
    for (; *text != '\0'; text++) {
        put(*text);
    }
    put('\n');
}

void check(bool ok, const char *what)
{
    char line[128];

    if (!ok) {
        tiny_snprintf(line, sizeof(line),
                      "fail bench.kernel.setup bench:0: expected success got an error: %s", what);
        report_line("run bench.kernel.setup");
        report_line(line);
        report_done();
    }
}

void report_done(void)
{
    report_line("done");
    seL4_CPtr exit_port = slot_new();

    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, EXIT_PORT, EXIT_PORT,
                                 seL4_CapInitThreadCNode, exit_port, seL4_WordBits);
    seL4_X86_IOPort_Out8(exit_port, EXIT_PORT, 0);
    for (;;) {
        seL4_Yield();
    }
}

void report_init(void)
{
    uint64_t best = ~0ull;

    port = slot_new();
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, COM2, COM2, seL4_CapInitThreadCNode, port,
                                 seL4_WordBits);
    report_line("suite bench.kernel");
    for (unsigned i = 0; i < WARM_UP; i++) {
        uint64_t start = timestamp();
        uint64_t pair = timestamp() - start;

        best = pair < best ? pair : best;
    }
    empty_pair = best;
}

/* ---- samples ---- */

static void sort(uint64_t *values, unsigned count)
{
    for (unsigned gap = count / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < count; i++) {
            uint64_t value = values[i];
            unsigned j = i;

            for (; j >= gap && values[j - gap] > value; j -= gap) {
                values[j] = values[j - gap];
            }
            values[j] = value;
        }
    }
}

void report_value(const char *name, const uint64_t *values, unsigned count)
{
    static uint64_t sorted[ROUNDS];
    char line[128];

    for (unsigned i = 0; i < count; i++) {
        sorted[i] = values[i];
    }
    sort(sorted, count);
    tiny_snprintf(line, sizeof(line), "value %s instructions %u %lu %lu %lu", name, count,
                  (unsigned long)sorted[0], (unsigned long)sorted[count / 2],
                  (unsigned long)sorted[count - 1]);
    report_line(line);
}

void sample_end(uint64_t ended)
{
    const unsigned index = sample_count;

    if (index >= WARM_UP && index < WARM_UP + rounds) {
        samples[index - WARM_UP] = ended - sample_started - empty_pair;
    }
    sample_count = index + 1;
    if (index + 1 == WARM_UP + rounds) {
        sel4_sys_notify(seL4_SysSend, samples_done, seL4_MessageInfo_new(0, 0, 0, 0).words[0]);
    }
}

void samples_reset(void)
{
    if (samples_done == 0) {
        samples_done = object_new(seL4_NotificationObject, 0);
    }
    sample_count = 0;
}

void samples_collect(const char *name)
{
    seL4_Wait(samples_done, NULL);
    report_value(name, samples, rounds);
}

uint64_t sample_overhead(void)
{
    return empty_pair;
}
