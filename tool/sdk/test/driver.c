// SPDX-License-Identifier: BSD-2-Clause
/* Registers in a mapped region, whose address the builder writes, and an interrupt. */
#include <microkit.h>
#include <stdint.h>

enum { TIMER_IRQ = 0, CLIENT = 1, CONTROL = 0, STATUS = 4 };

uintptr_t registers_vaddr;
uintptr_t registers_size;

static volatile uint32_t *at(uintptr_t offset)
{
    return (volatile uint32_t *)(registers_vaddr + offset);
}

void init(void)
{
    *at(CONTROL) = 1;
}

void notified(microkit_channel ch)
{
    switch (ch) {
    case TIMER_IRQ:
        *at(STATUS) = 0;
        microkit_notify(CLIENT);
        microkit_deferred_irq_ack(ch);
        break;
    case CLIENT: microkit_irq_ack(TIMER_IRQ); break;
    default: break;
    }
}
