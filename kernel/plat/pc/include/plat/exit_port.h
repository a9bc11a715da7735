// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tells an emulator that the machine has stopped, and why: QEMU's
 * isa-debug-exit device ends with the exit status (value << 1) | 1. Only used
 * when the command line says exit_port=; otherwise both calls do nothing.
 */
#pragma once

#include "lib/base.h"

enum exit_reason {
    EXIT_REASON_HALT = 0x10,  /* DebugHalt: status 33 */
    EXIT_REASON_PANIC = 0x11, /* a bug of the kernel: status 35 */
    EXIT_REASON_BOOT = 0x12,  /* could not boot: status 37 */
};

void exit_port_init(uint16_t port);

/* Returns if there is no such port. */
void exit_port_write(enum exit_reason reason);
