// SPDX-License-Identifier: BSD-2-Clause
#include "terminal.h"

#include <tiny/printf.h>

/* A 16550 UART: registers and bits. */
enum {
    COM1_FIRST = 0x3f8,
    COM1_LAST = 0x3ff,
    DATA = COM1_FIRST,
    LINE_STATUS = COM1_FIRST + 5,
    TRANSMITTER_EMPTY = 0x20,
};

static seL4_CPtr ports;

static void send(char c)
{
    while (!(seL4_X86_IOPort_In8(ports, LINE_STATUS).result & TRANSMITTER_EMPTY)) {
    }
    seL4_X86_IOPort_Out8(ports, DATA, (seL4_Word)(unsigned char)c);
}

static void put(void *context, char c)
{
    (void)context;
    if (c == '\n') {
        send('\r');
    }
    send(c);
}

void terminal_open(seL4_CPtr slot)
{
    ports = slot;
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, COM1_FIRST, COM1_LAST,
                                 seL4_CapInitThreadCNode, slot, seL4_WordBits);
    tiny_set_output(put, NULL);
}
