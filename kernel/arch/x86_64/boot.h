// SPDX-License-Identifier: BSD-2-Clause
/* From the first C instruction to the generic kernel. */
#pragma once

#include "lib/base.h"

/* The clock at the first instruction, for measuring how long booting takes. */
extern ticks_t boot_entry_ticks;

/* Called by head.S with what the boot loader left in EAX and EBX. */
NORETURN void boot_main(uint32_t magic, uint32_t info_paddr);
