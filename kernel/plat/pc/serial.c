// SPDX-License-Identifier: BSD-2-Clause
/* 16550 UART (National Semiconductor PC16550D data sheet, section 8). */
#include <plat/serial.h>

#include "lib/printf.h"
#include "port_io.h"

/* Registers, as offsets from the port. DIVISOR_* take the place of the first two under LCR_DLAB. */
enum {
    DATA = 0,
    INTERRUPT_ENABLE = 1,
    DIVISOR_LOW = 0,
    DIVISOR_HIGH = 1,
    FIFO_CONTROL = 2,
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5,
};

enum {
    LCR_8N1 = 0x03,
    LCR_DLAB = 0x80,
    FCR_ENABLE_AND_CLEAR = 0x07,
    MCR_DTR_RTS = 0x03,
    LSR_ROOM = 0x20,
    LSR_NO_CHIP = 0xff, /* what an empty bus reads */
};

enum { DIVISOR_115200 = 1 };

/* More than a full FIFO takes at 115200 baud, at the microsecond a port read lasts. */
enum { PATIENCE_READS = 100000 };

static uint16_t console_port;

void serial_init(uint16_t port)
{
    console_port = 0;
    if (port == 0 || port_in8(port + LINE_STATUS) == LSR_NO_CHIP) {
        return;
    }
    port_out8(port + INTERRUPT_ENABLE, 0);
    port_out8(port + LINE_CONTROL, LCR_DLAB);
    port_out8(port + DIVISOR_LOW, DIVISOR_115200);
    port_out8(port + DIVISOR_HIGH, 0);
    port_out8(port + LINE_CONTROL, LCR_8N1);
    port_out8(port + FIFO_CONTROL, FCR_ENABLE_AND_CLEAR);
    port_out8(port + MODEM_CONTROL, MCR_DTR_RTS);
    console_port = port;
}

uint16_t serial_port(void)
{
    return console_port;
}

void serial_put(uint8_t byte)
{
    if (console_port == 0) {
        return;
    }
    for (unsigned i = 0; i < PATIENCE_READS; i++) {
        if ((port_in8(console_port + LINE_STATUS) & LSR_ROOM) != 0) {
            break;
        }
    }
    port_out8(console_port + DATA, byte);
}

void console_put_char(char c)
{
    if (c == '\n') {
        serial_put('\r');
    }
    serial_put((uint8_t)c);
}
