// SPDX-License-Identifier: BSD-2-Clause
/* I/O ports in all widths; number and first port are written by the builder. */
#include <microkit.h>

uint64_t port_id;
uint64_t port_addr;

void init(void)
{
    const microkit_ioport port = (microkit_ioport)port_id;

    microkit_x86_ioport_write_8(port, port_addr, 'h');
    microkit_x86_ioport_write_16(port, port_addr, 0x1234);
    microkit_x86_ioport_write_32(port, port_addr, 0x80000000);
    microkit_dbg_put32(microkit_x86_ioport_read_8(port, port_addr) +
                       microkit_x86_ioport_read_16(port, port_addr) +
                       microkit_x86_ioport_read_32(port, port_addr));
}

void notified(microkit_channel ch)
{
    (void)ch;
}
