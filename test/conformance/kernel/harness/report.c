// SPDX-License-Identifier: BSD-2-Clause
#include <harness/report.h>
#include <stdarg.h>
#include <tiny/printf.h>

enum { COM2 = 0x2f8, COM2_LAST = 0x2ff, EXIT_PORT = 0xf4, LINE_BYTES = 400 };

static seL4_CPtr serial_port, exit_port;

/* The last slots of the initial CSpace: out of the way of the tests. */
void report_init(const seL4_BootInfo *info)
{
    serial_port = info->empty.end - 1;
    exit_port = info->empty.end - 2;
    (void)seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, COM2, COM2_LAST,
                                       seL4_CapInitThreadCNode, serial_port, seL4_WordBits);
    (void)seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, EXIT_PORT, EXIT_PORT,
                                       seL4_CapInitThreadCNode, exit_port, seL4_WordBits);
}

/* Not by the library's function: the caller's buffer stays as it is. */
static void put(char c)
{
    seL4_Word cap = serial_port, mr[4] = {COM2, (unsigned char)c, 0, 0};
    seL4_Word info = seL4_MessageInfo_new(X86IOPortOut8, 0, 0, 2).words[0];

    sel4_sys_call(seL4_SysCall, &cap, &info, mr);
}

void report_line(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (const char *at = line; *at != '\0'; at++) {
        put(*at == '\n' ? ' ' : *at);
    }
    put('\n');
}

void report_end(void)
{
    report_line("done");
    (void)seL4_X86_IOPort_Out8(exit_port, EXIT_PORT, 0);
    for (;;) {
        seL4_Yield();
    }
}
