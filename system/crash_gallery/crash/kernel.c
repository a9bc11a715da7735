// SPDX-License-Identifier: BSD-2-Clause
/* What the kernel refuses in a way that stops the thread. */
#include "gallery.h"

PIECE cap_missing(void)
{
    seL4_Word badge;

    seL4_Recv(BASE_ENDPOINT_CAP + NOBODY, &badge, REPLY);
}

/* The neighbour may be notified, but not called. */
PIECE cap_wrong_use(void)
{
    seL4_Word badge;

    seL4_Recv(BASE_ENDPOINT_CAP + NEIGHBOUR, &badge, REPLY);
}

PIECE cap_nowhere(void)
{
    seL4_Send(0xdeadbeef000, seL4_MessageInfo_new(0, 0, 0, 0));
}

/* There is a capability, but nothing can be received from an address space. */
PIECE cap_wrong_kind(void)
{
    seL4_Word badge;

    seL4_Recv(OWN_VSPACE, &badge, REPLY);
}

PIECE bad_syscall(void)
{
    seL4_Word number = 12345;

    __asm__ volatile("syscall" : "+d"(number) : : "rcx", "r11", "memory");
}

/* Only a debug kernel lets a component watch memory. */
PIECE watched_write(void)
{
#ifdef CONFIG_HARDWARE_DEBUG_API
    static volatile int watched;

    if (seL4_TCB_SetBreakpoint(microkit_cspace_root_slot_to_cptr(OWN_TCB),
                               seL4_FirstDualFunctionMonitor, (seL4_Word)&watched,
                               seL4_DataBreakpoint, sizeof(watched),
                               seL4_BreakOnWrite) == seL4_NoError) {
        watched = 1;
    }
#endif
}

/* Uses more than its budget, having asked to be stopped for that. */
PIECE time_out(void)
{
    if (seL4_TCB_SetTimeoutEndpoint(microkit_cspace_root_slot_to_cptr(OWN_TCB), FAULT_ENDPOINT) ==
        seL4_NoError) {
        for (;;) {
            __asm__ volatile("");
        }
    }
}

void __assert_fail(const char *expression, const char *file, unsigned line, const char *function);

PIECE assertion(void)
{
    __assert_fail("apples == oranges", __FILE__, __LINE__, __func__);
}
