// SPDX-License-Identifier: BSD-2-Clause
/* Drives the PIT; fails with an interrupt that it has not acknowledged. */
#include "chain.h"

enum { PORTS = 0, IRQ = 1, PIT_0 = 0x40, PIT_MODE = 0x43 };
enum { RATE_GENERATOR = 0x34, TICKS = 11932 }; /* 100 a second */

seL4_Word *life;
static unsigned interrupts;

void init(void)
{
    ++*life;
    microkit_x86_ioport_write_8(PORTS, PIT_MODE, RATE_GENERATOR);
    microkit_x86_ioport_write_8(PORTS, PIT_0, TICKS & 0xff);
    microkit_x86_ioport_write_8(PORTS, PIT_0, TICKS >> 8);
}

void notified(microkit_channel ch)
{
    (void)ch;
    if (++interrupts == 3) {
        microkit_dbg_puts("driver: three interrupts\n");
        if (*life < 3) {
            (void)seL4_IRQHandler_Clear(BASE_IRQ_CAP + IRQ);
            fail();
        }
    }
    microkit_irq_ack(IRQ);
}
