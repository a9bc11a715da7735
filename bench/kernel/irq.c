// SPDX-License-Identifier: BSD-2-Clause
/* From the last instruction of an interrupted thread to the thread that handles the interrupt. The
 * interrupt comes from the PIT, as a periodic timer. */
#include "bench.h"

enum {
    PIT_CHANNEL_0 = 0x40,
    PIT_COMMAND = 0x43,
    PIT_PERIODIC = 0x34, /* channel 0, low byte then high byte, rate generator */
    PIT_DIVISOR = 60,    /* of 1.193182 MHz: about 20,000 a second */
    PIT_PIN = 2,
    VECTOR = 5,
};

static seL4_CPtr notification, handler_cap;

/* Interrupted anywhere; the time it stored last is when it was last seen. */
static void spinner(void)
{
    for (;;) {
        sample_begin();
    }
}

static void irq_handler(void)
{
    seL4_Word cap, info = 0, mr[4] = {0};

    for (;;) {
        cap = notification;
        info = 0;
        sel4_sys_call(seL4_SysWait, &cap, &info, mr);
        sample_end(timestamp());
        sel4_sys_send(seL4_SysSend, handler_cap, seL4_MessageInfo_new(IRQAckIRQ, 0, 0, 0).words[0],
                      0, 0, 0, 0);
    }
}

static void start_timer(void)
{
    seL4_CPtr ports = slot_new();

    check(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_CHANNEL_0, PIT_COMMAND,
                                       seL4_CapInitThreadCNode, ports,
                                       seL4_WordBits) == seL4_NoError,
          "issue the timer's ports");
    seL4_X86_IOPort_Out8(ports, PIT_COMMAND, PIT_PERIODIC);
    seL4_X86_IOPort_Out8(ports, PIT_CHANNEL_0, PIT_DIVISOR & 0xff);
    seL4_X86_IOPort_Out8(ports, PIT_CHANNEL_0, PIT_DIVISOR >> 8);
}

void bench_irq(void)
{
    struct thread high = bench_thread(
        irq_handler, (struct thread_options){.vspace = vspace_new(), .priority = PRIORITY_HIGH});
    struct thread low = bench_thread(spinner, (struct thread_options){.priority = PRIORITY_LOW});

    notification = object_new(seL4_NotificationObject, 0);
    handler_cap = slot_new();
    check(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, handler_cap,
                                    seL4_WordBits, 0, PIT_PIN, 0, 0, VECTOR) == seL4_NoError,
          "issue the timer's interrupt");
    check(seL4_IRQHandler_SetNotification(handler_cap, notification) == seL4_NoError,
          "set the interrupt's notification");
    seL4_IRQHandler_Ack(handler_cap);
    samples_reset();
    bench_start(high);
    bench_start(low);
    start_timer();
    samples_collect("irq.user");
    seL4_TCB_Suspend(low.tcb);
    seL4_TCB_Suspend(high.tcb);
}
