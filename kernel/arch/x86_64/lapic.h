// SPDX-License-Identifier: BSD-2-Clause
/* The local APIC of a core (Intel SDM 3A chapter 11). Its registers: arch/kernel_map.h. */
#pragma once

#include "lib/base.h"

/*
 * Maps and enables it with every local source off but NMI; halts with a message if
 * the firmware left it in x2APIC mode. Returns the physical address of its page.
 */
paddr_t lapic_init_core(void);
