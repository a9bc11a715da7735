// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <stdarg.h>
#include <tiny/printf.h>

enum { COM2 = 0x2f8, COM2_LAST = 0x2ff, EXIT_PORT = 0xf4, LINE_BYTES = 400 };

static seL4_CPtr serial_port, exit_port;

static void issue(seL4_Word first, seL4_Word last, seL4_CPtr slot)
{
    (void)seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, seL4_CapInitThreadCNode,
                                       slot, seL4_WordBits);
}

/* The last slots of the initial CSpace: out of the library's way, which begins with the first. */
void report_init(const seL4_BootInfo *info)
{
    serial_port = info->empty.end - 1;
    exit_port = info->empty.end - 2;
    issue(COM2, COM2_LAST, serial_port);
    issue(EXIT_PORT, EXIT_PORT, exit_port);
}

void report_line(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    for (const char *at = line; *at != '\0'; at++) {
        (void)seL4_X86_IOPort_Out8(serial_port, COM2, (unsigned char)*at);
    }
    (void)seL4_X86_IOPort_Out8(serial_port, COM2, '\n');
}

void report_end(void)
{
    report_line("done");
    (void)seL4_X86_IOPort_Out8(exit_port, EXIT_PORT, 0);
    for (;;) {
        seL4_Yield();
    }
}
