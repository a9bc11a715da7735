// SPDX-License-Identifier: BSD-2-Clause
#include "../../console.h"
#include "../../log.h"
#include "../../slots.h"
#include <sel4/sel4.h>
#include <tiny/printf.h>

/* The first serial port of a PC, an 8250, and what its registers are. */
enum {
    SERIAL_DATA = 0x3f8,
    SERIAL_INTERRUPTS = 0x3f9,
    SERIAL_FIFO = 0x3fa,
    SERIAL_LINE = 0x3fb,
    SERIAL_MODEM = 0x3fc,
    SERIAL_STATUS = 0x3fd,
    STATUS_EMPTY = 0x20,
};

/* A character takes 87 us. A port that is not there must not hold up for ever. */
enum { POLLS_MAX = 2000 };

static void out(seL4_Uint16 port, seL4_Uint8 value)
{
    (void)seL4_X86_IOPort_Out8(SLOT_SERIAL, port, value);
}

/* 115200 baud, 8 bits, no parity, one stop bit; no interrupts. */
static void serial_open(void)
{
    out(SERIAL_INTERRUPTS, 0);
    out(SERIAL_LINE, 0x80); /* the next two are the divisor */
    out(SERIAL_DATA, 1);
    out(SERIAL_INTERRUPTS, 0);
    out(SERIAL_LINE, 3);
    out(SERIAL_FIFO, 0xc7);
    out(SERIAL_MODEM, 3);
}

static void serial_put(char c)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        seL4_X86_IOPort_In8_t status = seL4_X86_IOPort_In8(SLOT_SERIAL, SERIAL_STATUS);

        if (status.error || status.result & STATUS_EMPTY) {
            break;
        }
    }
    out(SERIAL_DATA, (seL4_Uint8)c);
}

static void put_serial(void *context, char c)
{
    (void)context;
    log_put(c);
    if (c == '\n') {
        serial_put('\r');
    }
    serial_put(c);
}

static void put_log(void *context, char c)
{
    (void)context;
    log_put(c);
}

#ifdef CONFIG_PRINTING
static void put_kernel(void *context, char c)
{
    (void)context;
    log_put(c);
    seL4_DebugPutChar(c);
}
#else
#define put_kernel put_log
#endif

void console_open(const struct system_image *image)
{
    switch (image ? image->console : (uint32_t)SYSTEM_CONSOLE_KERNEL) {
    case SYSTEM_CONSOLE_SERIAL:
        serial_open();
        tiny_set_output(put_serial, 0);
        break;
    case SYSTEM_CONSOLE_KERNEL: tiny_set_output(put_kernel, 0); break;
    default: tiny_set_output(put_log, 0);
    }
}
