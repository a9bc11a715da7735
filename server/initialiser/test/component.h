// SPDX-License-Identifier: BSD-2-Clause
/* What a component of the test is: the symbols that the builder fills in, and a console. */
#pragma once

#define SEL4_IPC_BUFFER_GLOBAL /* one thread, no thread-local variables */
#include <sel4/sel4.h>

/* Slots that Microkit programs rely on. */
enum { INPUT = 1, REPLY = 4, NOTIFY = 10, CALL = 74, IRQ = 138, PORTS = 394 };

char microkit_name[64];
char microkit_passive;
seL4_Word microkit_irqs, microkit_notifications, microkit_pps, microkit_ioports;

/* The message buffer is the last page. */
seL4_IPCBuffer *__sel4_ipc_buffer = (seL4_IPCBuffer *)0x7fffffffe000;

void _start(void);

#ifdef CONFIG_PRINTING
static void put(char c)
{
    seL4_DebugPutChar(c);
}
#else
/* The emulated UART is never busy. */
static void put(char c)
{
    seL4_X86_IOPort_Out8(PORTS + 1, 0x3f8, (seL4_Word)(unsigned char)c);
}
#endif

static inline void say(const char *text)
{
    while (*text) {
        put(*text++);
    }
}

static inline void say_number(const char *text, seL4_Word number)
{
    say(text);
    say(" 0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        if (number >> shift || shift == 0) {
            put("0123456789abcdef"[number >> shift & 15]);
        }
    }
    say("\n");
}
