// SPDX-License-Identifier: BSD-2-Clause
#include <harness/suite.h>
#include <harness/timer.h>

enum { CHANNEL_0 = 0x40, COMMAND = 0x43, PIN = 2 };
enum { MODE_ONCE = 0x30, MODE_PERIODIC = 0x34 }; /* channel 0, low byte, then high byte */

#define TICKS_PER_SECOND 1193182ull

static seL4_CPtr ports(void)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, CHANNEL_0, COMMAND, OWN_CNODE, slot,
                                    DEPTH));
    return slot;
}

static void program(seL4_Word mode, seL4_Word count)
{
    const seL4_CPtr cap = ports();

    OK(seL4_X86_IOPort_Out8(cap, COMMAND, mode));
    OK(seL4_X86_IOPort_Out8(cap, CHANNEL_0, count & 0xff));
    OK(seL4_X86_IOPort_Out8(cap, CHANNEL_0, count >> 8));
    cap_delete(cap);
}

seL4_CPtr timer_interrupt(seL4_Word vector)
{
    const seL4_CPtr slot = slot_new();

    OK(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, OWN_CNODE, slot, DEPTH, 0, PIN, 0, 0, vector));
    return slot;
}

void timer_start_us(unsigned us)
{
    program(MODE_PERIODIC, us * TICKS_PER_SECOND / 1000000);
}

void timer_once_us(unsigned us)
{
    program(MODE_ONCE, us * TICKS_PER_SECOND / 1000000);
}

/* A mode without a count: the channel waits for one. */
void timer_stop(void)
{
    const seL4_CPtr cap = ports();

    OK(seL4_X86_IOPort_Out8(cap, COMMAND, MODE_ONCE));
    cap_delete(cap);
}
