// SPDX-License-Identifier: BSD-2-Clause
/* Notifications: signals that add up, and interrupts that are nothing but signals. */
#include "scenes.h"
#include "story.h"
#include "timer.h"
#include "workshop.h"

static void signals(void)
{
    const seL4_CPtr bell = object_new(seL4_NotificationObject, 0);
    seL4_Word first, second;

    seL4_Signal(cap_copy(bell, seL4_CanWrite, 1));
    seL4_Signal(cap_copy(bell, seL4_CanWrite, 4));
    seL4_Wait(bell, &first);
    seL4_Poll(bell, &second);
    expect(first == 5 && second == 0, "signals that add up");
    scene("Signals add up");
    say("A notification is a bell that remembers. I rang it through a copy with badge 1 and "
        "through one with badge 4. The first look at it gave %lu, both at once; the next gave %lu. "
        "Ringing never blocks and carries no data.",
        (unsigned long)first, (unsigned long)second);
}

static void interrupt(void)
{
    enum { DELAY_MS = 20 };
    const seL4_CPtr bell = object_new(seL4_NotificationObject, 0);
    seL4_Word badge;

    timer_open(bell);
    timer_start(DELAY_MS);
    seL4_Wait(bell, &badge);
    timer_acknowledge();
    expect(badge == TIMER_BADGE, "the timer's signal");
    scene("An interrupt is a signal");
    say("I took the timer's I/O ports and its interrupt, and tied the interrupt to a bell with "
        "badge %#x. Then I set it to %u ms and waited. It rang with badge %#lx. That was a device "
        "driver: an ordinary program with three capabilities.",
        TIMER_BADGE, DELAY_MS, (unsigned long)badge);
}

void scenes_of_signals(void)
{
    signals();
    interrupt();
}
