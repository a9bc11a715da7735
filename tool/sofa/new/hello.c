// SPDX-License-Identifier: BSD-2-Clause
/* The only component of @NAME@. */
#include <microkit.h>

/* Runs once, before anything else happens to the component. */
void init(void)
{
    microkit_dbg_puts("hello: this is @NAME@\n");
}

/* Runs whenever another component, or a device, has notified this one on channel ch. */
void notified(microkit_channel ch)
{
    (void)ch;
}
