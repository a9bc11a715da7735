// SPDX-License-Identifier: BSD-2-Clause
/*
 * External interrupts: the I/O APIC routes a pin to a CPU vector of this core,
 * the local APIC delivers it and waits for an end-of-interrupt. Message
 * interrupts bypass the former: devices write to the local APIC themselves.
 */
#pragma once

#include "lib/base.h"
#include <arch/kernel_map.h>

enum { IRQC_SPURIOUS_VECTOR = 255 };

extern unsigned irqc_pins; /* pins of the I/O APIC, 0 without one */

/* Programs a pin for `vector` on this core and leaves it masked. pin < irqc_pins. */
void irqc_route(unsigned pin, uint8_t vector, bool level, bool active_low);
void irqc_mask(unsigned pin);
void irqc_unmask(unsigned pin);

/* True if an interrupt waits for this core while it has interrupts off. */
bool irqc_pending(void);

/* True if this core has taken the vector as an interrupt and not yet ended it. */
bool irqc_in_service(unsigned vector);

/* Every vector but the spurious one needs one of these, after it was taken. */
static inline void lapic_eoi(void)
{
    *lapic_register(LAPIC_EOI) = 0;
}

/* This core's APIC id: the destination of message interrupts. */
static inline uint32_t lapic_id(void)
{
    return *lapic_register(LAPIC_ID) >> 24;
}
