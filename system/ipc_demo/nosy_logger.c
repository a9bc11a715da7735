// SPDX-License-Identifier: BSD-2-Clause
/* A logger that wants to know what the client and the server say to each other. It knows where the
 * client has the region, but that is an address in the client's memory, not in its own. */
#include <microkit.h>

static const char *const in_client = (const char *)0x4000000;

void init(void)
{
    microkit_dbg_puts("logger: ready\n");
}

static __attribute__((noinline)) char peek(const volatile char *address)
{
    return *address;
}

void notified(microkit_channel ch)
{
    (void)ch;
    microkit_dbg_puts("logger: let me see ...\n");
    microkit_dbg_putc(peek(in_client));
    microkit_dbg_puts("logger: I have seen it\n");
}
