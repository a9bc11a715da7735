// SPDX-License-Identifier: BSD-2-Clause
/*
 * How a root task begins and ends. The kernel enters at _start with the address
 * of the boot information and nothing else: no stack, no thread-local storage.
 * This library makes both and calls the program's main.
 */
#pragma once

#include <sel4/sel4.h>

/* The program's. Its result is dropped: nobody waits for a root task. */
int main(const seL4_BootInfo *bootinfo);

/* Called by _start on its own stack. */
__attribute__((noreturn)) void root_start(const seL4_BootInfo *bootinfo);

/* Stops the calling root task for good. */
__attribute__((noreturn)) void root_stop(void);
