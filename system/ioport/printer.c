// SPDX-License-Identifier: BSD-2-Clause
/* Writes characters to the first serial port (16550), in every config: it does not need a kernel
 * that prints. Whoever calls has one character in the first message register. */
#include <microkit.h>

enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, STATUS = 5 };
enum { LINE_8N1 = 0x03, LINE_DIVISOR = 0x80, FIFO_ON = 0x01, STATUS_EMPTY = 0x20 };
enum { DIVISOR_115200 = 1 };

seL4_Word uart, uart_base;

static void uart_write(seL4_Word reg, seL4_Word value)
{
    microkit_x86_ioport_write_8((microkit_ioport)uart, uart_base + reg, value);
}

static void uart_start(void)
{
    uart_write(INTERRUPTS, 0);
    uart_write(LINE, LINE_DIVISOR);
    uart_write(DATA, DIVISOR_115200);
    uart_write(DATA + 1, 0);
    uart_write(LINE, LINE_8N1);
    uart_write(FIFO, FIFO_ON);
}

static void uart_put(char c)
{
    while (
        !(microkit_x86_ioport_read_8((microkit_ioport)uart, uart_base + STATUS) & STATUS_EMPTY)) {
    }
    uart_write(DATA, (seL4_Word)c);
}

void init(void)
{
    uart_start();
    for (const char *c = "printer: this line needs no kernel\r\n"; *c != '\0'; c++) {
        uart_put(*c);
    }
}

microkit_msginfo protected(microkit_channel ch, microkit_msginfo msginfo)
{
    (void)ch;
    if (microkit_msginfo_get_count(msginfo) > 0) {
        uart_put((char)microkit_mr_get(0));
    }
    return microkit_msginfo_new(0, 0);
}

void notified(microkit_channel ch)
{
    (void)ch;
}
