// SPDX-License-Identifier: BSD-2-Clause
/* Uses all that it was given, tells what it finds, ends the machine. */
#include "component.h"

/* The builder writes addresses here. */
volatile seL4_Word shared_vaddr, large_vaddr, fixed_vaddr, file_vaddr, firmware_vaddr;

/* More than one page of data and of zeros. */
static volatile seL4_Word data[1024] = {[0] = 0x1234, [1023] = 0x5678};
static volatile seL4_Word zeros[1024];

static volatile seL4_Word *at(seL4_Word address)
{
    return (volatile seL4_Word *)address;
}

static void look_at_memory(void)
{
    say_number("data", data[0] << 16 | data[1023]);
    say_number("zeros", zeros[0] | zeros[1023]);
    say_number("file", at(file_vaddr)[0]);
    say_number("file behind a page", at(file_vaddr)[512]);
    say_number("large", at(large_vaddr)[0] | at(large_vaddr)[(4 << 20) / 8 - 1]);
    at(large_vaddr)[(4 << 20) / 8 - 1] = 1;
    at(fixed_vaddr)[1] = 7;
    say_number("firmware jumps", at(firmware_vaddr)[0xff0 / 8] & 0xff); /* where x86 begins */
}

void _start(void)
{
    seL4_Word badge;

    say(microkit_name);
    say(" begins\n");
    look_at_memory();
    at(shared_vaddr)[0] = 0x900d;
    seL4_Signal(NOTIFY + 3);
    seL4_Wait(INPUT, &badge);
    say_number("signalled with", badge);
    say_number("pong found", at(shared_vaddr)[1]);
    seL4_SetMR(0, 20);
    say_number("called, answered",
               seL4_MessageInfo_get_label(seL4_Call(CALL + 4, seL4_MessageInfo_new(5, 0, 0, 1))));
    say_number("with", seL4_GetMR(0));
    say_number("and badge", seL4_GetMR(1));
    say_number("interrupt acknowledged", (seL4_Word)seL4_IRQHandler_Ack(IRQ + 9));
    seL4_X86_IOPort_Out8(PORTS, 0xf4, 3);
    for (;;) {
    }
}
