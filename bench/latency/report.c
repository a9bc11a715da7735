// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include "arena.h"
#include "latency.h"
#include <tiny/printf.h>

enum { COM2 = 0x2f8, EXIT_PORT = 0xf4, LINE_BYTES = 160 };

static seL4_CPtr serial, exit_port;

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        seL4_X86_IOPort_Out8(serial, COM2, (seL4_Word)(unsigned char)*text);
    }
    seL4_X86_IOPort_Out8(serial, COM2, '\n');
}

static seL4_CPtr port_cap(seL4_Word port)
{
    const seL4_CPtr slot = slot_new();

    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, port, port, seL4_CapInitThreadCNode, slot,
                                 seL4_WordBits);
    return slot;
}

void report_init(void)
{
    serial = port_cap(COM2);
    exit_port = port_cap(EXIT_PORT);
    report_note("bench.latency");
}

void report_note(const char *text)
{
    char line[LINE_BYTES];

    tiny_snprintf(line, sizeof(line), "suite %s", text);
    say(line);
}

void report_lateness(const char *prefix, const char *name, const struct lateness *lateness,
                     unsigned percentile)
{
    char line[LINE_BYTES];

    tiny_snprintf(line, sizeof(line), "value %s%s instructions %lu %lu %lu %lu", prefix, name,
                  (unsigned long)lateness->count, (unsigned long)lateness->least,
                  (unsigned long)lateness_percentile(lateness, percentile),
                  (unsigned long)lateness->most);
    say(line);
}

void report_done(void)
{
    say("done");
    seL4_X86_IOPort_Out8(exit_port, EXIT_PORT, 0);
    for (;;) {
        seL4_Yield();
    }
}

void check(bool ok, const char *what)
{
    char line[LINE_BYTES];

    if (!ok) {
        tiny_snprintf(line, sizeof(line),
                      "fail latency latency:0: expected success got an error: %s", what);
        say("run latency");
        say(line);
        report_done();
    }
}
