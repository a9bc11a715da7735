// SPDX-License-Identifier: BSD-2-Clause
#include "timer.h"

#include "story.h"
#include "workshop.h"

enum {
    CHANNEL_0 = 0x40,
    COMMAND = 0x43,
    ONE_SHOT = 0x30, /* channel 0, low byte then high byte, interrupt on terminal count */
    TICKS_PER_MS = 1193,
    MS_MOST = 50, /* the counter has 16 bits */
    IOAPIC_PIN = 2,
    EDGE = 0,
    ACTIVE_HIGH = 0,
    VECTOR = 5, /* any that is free */
};

static seL4_CPtr ports, irq, signals;

void timer_open(seL4_CPtr notification)
{
    signals = notification;
    ports = slot_new();
    irq = slot_new();
    expect(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, CHANNEL_0, COMMAND,
                                        seL4_CapInitThreadCNode, ports,
                                        seL4_WordBits) == seL4_NoError,
           "the timer's I/O ports");
    expect(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, irq,
                                     seL4_WordBits, 0, IOAPIC_PIN, EDGE, ACTIVE_HIGH,
                                     VECTOR) == seL4_NoError,
           "the timer's interrupt");
    expect(seL4_IRQHandler_SetNotification(
               irq, cap_copy(notification, seL4_AllRights, TIMER_BADGE)) == seL4_NoError,
           "an interrupt that signals");
}

void timer_start(unsigned ms)
{
    const unsigned ticks = ms * TICKS_PER_MS;

    seL4_X86_IOPort_Out8(ports, COMMAND, ONE_SHOT);
    seL4_X86_IOPort_Out8(ports, CHANNEL_0, ticks & 0xff);
    seL4_X86_IOPort_Out8(ports, CHANNEL_0, ticks >> 8);
}

void timer_acknowledge(void)
{
    seL4_IRQHandler_Ack(irq);
}

void timer_sleep(unsigned ms)
{
    while (ms > 0) {
        const unsigned part = ms < MS_MOST ? ms : MS_MOST;

        timer_start(part);
        seL4_Wait(signals, NULL);
        timer_acknowledge();
        ms -= part;
    }
}
