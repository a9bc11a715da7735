// SPDX-License-Identifier: BSD-2-Clause
#include <plat/exit_port.h>

#include "port_io.h"

static uint16_t exit_port;

void exit_port_init(uint16_t port)
{
    exit_port = port;
}

void exit_port_write(enum exit_reason reason)
{
    if (exit_port != 0) {
        port_out32(exit_port, (uint32_t)reason);
    }
}
