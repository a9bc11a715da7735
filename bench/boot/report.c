// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

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

void report_init(seL4_CPtr first_free_slot)
{
    serial = first_free_slot;
    exit_port = first_free_slot + 1;
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, COM2, COM2, seL4_CapInitThreadCNode, serial,
                                 seL4_WordBits);
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, EXIT_PORT, EXIT_PORT,
                                 seL4_CapInitThreadCNode, exit_port, seL4_WordBits);
    say("suite bench.boot");
}

void report_value(const char *name, const char *of, seL4_Word instructions)
{
    const unsigned long value = (unsigned long)instructions;
    char line[LINE_BYTES];

    tiny_snprintf(line, sizeof(line), "value %s%s instructions 1 %lu %lu %lu", name, of, value,
                  value, value);
    say(line);
}

void report_skip(const char *why)
{
    char line[LINE_BYTES];

    tiny_snprintf(line, sizeof(line), "skip boot %s", why);
    say(line);
}

void report_fail(const char *why)
{
    char line[LINE_BYTES];

    say("run boot");
    tiny_snprintf(line, sizeof(line), "fail boot boot:0: %s", why);
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
