// SPDX-License-Identifier: BSD-2-Clause
/* Knows no number: addresses, sizes and ids come from the system file, and can be changed there
 * without touching this file. The builder writes them into these variables, 8 bytes each. */
#include <microkit.h>
#include <tiny/printf.h>

const char *ring;
seL4_Word ring_bytes, frame, frame_physical, serial_irq, serial_ports, serial_base, writer;

static void put(void *context, char c)
{
    (void)context;
    microkit_dbg_putc(c);
}

void init(void)
{
    tiny_set_output(put, NULL);
    tiny_printf("ring: %#lx bytes at %p\n", ring_bytes, (const void *)ring);
    tiny_printf("frame: at %#lx, physical %#lx\n", frame, frame_physical);
    tiny_printf("serial line: interrupt %lu, ports %lu from %#lx\n", serial_irq, serial_ports,
                serial_base);
    tiny_printf("writer: channel %lu\n", writer);
}

void notified(microkit_channel ch)
{
    if (ch == writer) {
        tiny_printf("the writer says: %s\n", ring);
    }
}
