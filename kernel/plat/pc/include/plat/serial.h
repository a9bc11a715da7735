// SPDX-License-Identifier: BSD-2-Clause
/*
 * The console: a 16550 at an I/O port, output only, 115200 baud 8N1, polled.
 */
#pragma once

#include "lib/base.h"

/* Sets the console to `port`; 0 = no console. A port without a chip behind it is dropped. */
void serial_init(uint16_t port);

/* The port in use, 0 if there is no console. */
uint16_t serial_port(void);

/* Sends one byte as it is; waits for the chip, but not for ever. */
void serial_put(uint8_t byte);
