// SPDX-License-Identifier: BSD-2-Clause
/* Answers signals and calls, then does what it may not. */
#include "component.h"

volatile seL4_Word shared_vaddr, fixed_vaddr;

static volatile seL4_Word *at(seL4_Word address)
{
    return (volatile seL4_Word *)address;
}

void _start(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(INPUT, &badge, REPLY);

    at(shared_vaddr)[1] = at(shared_vaddr)[0] << 16 | at(fixed_vaddr)[1] << 8 | badge;
    seL4_Signal(NOTIFY + 2);
    info = seL4_Recv(INPUT, &badge, REPLY);
    seL4_SetMR(0, seL4_GetMR(0) + 1);
    seL4_SetMR(1, badge);
    seL4_Send(REPLY, seL4_MessageInfo_new(seL4_MessageInfo_get_label(info) + 1, 0, 0, 2));
    at(fixed_vaddr)[0] = 1; /* mapped for reading only */
}
