// SPDX-License-Identifier: BSD-2-Clause
/* Has a child in another domain, and authority of every kind that the format knows; uses all. */
#include "component.h"

#define ROOT_SLOT(slot) ((seL4_CPtr)(slot) << 58)

/* The CNode within itself is found in two steps, and so is everything in it. */
#define OWN_CNODE (ROOT_SLOT(OWN_ROOT) | OWN_ROOT)

enum { CHILD_TCB = 202, MEMORY = 8, OWN_ROOT, TIME, INTERRUPTS, ALL_PORTS, POOL, OWN_TIME };
enum { ENDPOINT = 20, HANDLER, EXIT_PORTS, SPACE, OWN_DEPTH = 58 };

volatile seL4_Word clock_vaddr;

static void make(seL4_Word type, seL4_Word slot)
{
    say_number("made", (seL4_Word)seL4_Untyped_Retype(ROOT_SLOT(MEMORY), type, 0, OWN_CNODE, 0, 0,
                                                      slot, 1));
}

static void use_authority(void)
{
    make(seL4_EndpointObject, ENDPOINT);
    make(seL4_X64_PML4Object, SPACE);
    say_number("numbered", (seL4_Word)seL4_X86_ASIDPool_Assign(ROOT_SLOT(POOL), ROOT_SLOT(SPACE)));
    say_number("timed", (seL4_Word)seL4_SchedControl_ConfigureFlags(
                            ROOT_SLOT(TIME), ROOT_SLOT(OWN_TIME), 5000, 5000, 0, 0, 0));
    say_number("interrupt",
               (seL4_Word)seL4_IRQControl_GetIOAPIC(ROOT_SLOT(INTERRUPTS), OWN_CNODE, HANDLER,
                                                    OWN_DEPTH, 0, 5, 0, 0, 20));
    say_number("ports", (seL4_Word)seL4_X86_IOPortControl_Issue(ROOT_SLOT(ALL_PORTS), 0xf4, 0xf4,
                                                                OWN_CNODE, EXIT_PORTS, OWN_DEPTH));
}

void _start(void)
{
    const volatile seL4_BootInfoHeader *clock;
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(INPUT, &badge, REPLY);

    say_number("child stopped with", seL4_MessageInfo_get_label(info));
    say_number("badge", badge);
    say_number("suspended", (seL4_Word)seL4_TCB_Suspend(CHILD_TCB + 7));
    clock = (const volatile seL4_BootInfoHeader *)clock_vaddr;
    say_number("boot information", clock->id);
    use_authority();
    seL4_X86_IOPort_Out8(ROOT_SLOT(EXIT_PORTS), 0xf4, 3);
    for (;;) {
    }
}
