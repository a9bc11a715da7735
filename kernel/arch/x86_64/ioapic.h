// SPDX-License-Identifier: BSD-2-Clause
/* The I/O APIC, and the old interrupt controllers that must keep quiet beside it. */
#pragma once

#include "lib/base.h"

/* Maps the chip and masks all its pins; paddr 0: this machine has none. After lapic_init_core(). */
void ioapic_init(paddr_t paddr);

/* Moves the two 8259 to vectors 0x20-0x2f and masks them for good. */
void legacy_irq_silence(void);
