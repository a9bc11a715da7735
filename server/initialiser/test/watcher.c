// SPDX-License-Identifier: BSD-2-Clause
/* Stands where the monitor is: takes one fault and lets the faulting component wait. */
#include "component.h"

#include <proto/system_image_check.h>

extern volatile struct system_image_place system_image_place;
volatile struct system_image_place system_image_place __attribute__((section(".data")));

/* In release the ports are another's: what it finds must show in the end all the same. */
void _start(void)
{
    enum { MONITOR_REPLY = 2, TCB = 10 };
    const char *wrong =
        system_image_check((const void *)system_image_place.address, system_image_place.length);
    seL4_MessageInfo_t info;
    seL4_Word badge;

#ifdef CONFIG_PRINTING
    say(wrong ? "watcher sees a damaged system\n" : "watcher sees the system\n");
#endif
    info = seL4_Recv(INPUT, &badge, MONITOR_REPLY);
#ifdef CONFIG_PRINTING
    say_number("watcher: fault", seL4_MessageInfo_get_label(info));
    say_number("watcher: badge", badge);
    say_number("watcher: suspended", (seL4_Word)seL4_TCB_Suspend(TCB + badge - 1));
#else
    (void)info;
    (void)wrong;
#endif
    for (;;) {
        seL4_Recv(INPUT, &badge, MONITOR_REPLY);
    }
}
