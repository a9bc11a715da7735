// SPDX-License-Identifier: BSD-2-Clause
/* Which memory is free at boot, and how it is cut into untyped objects (docs/kernel/boot.md). */
#pragma once

#include "core/platform.h"

/* RAM without the kernel, the task and what the boot code keeps. Borrows `platform`. */
void boot_memory_init(const struct platform *platform);

/* Takes `size_bytes` from the end of the highest free range that holds them, aligned down. Halts
 * with a message when there is none. */
paddr_t boot_memory_take(word_t size_bytes, unsigned align_bits);

/* Reports every piece in the order of the interface: devices, the kernel's boot part, free RAM. */
void boot_memory_for_each_untyped(void (*report)(paddr_t base, unsigned bits, bool is_device));
