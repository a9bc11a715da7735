// SPDX-License-Identifier: BSD-2-Clause
/* Reads what was in memory before anything ran: a file, and a record of the kernel. */
#include <microkit.h>

const char *poem;
seL4_Word poem_bytes, poem_region_bytes;
/* The kernel's record with its header, then the frequency in MHz. */
const struct {
    seL4_BootInfoHeader header;
    seL4_Uint32 mhz;
} __attribute__((packed)) * clock;

static seL4_Bool rest_is_zero(void)
{
    for (seL4_Word i = poem_bytes; i < poem_region_bytes; i++) {
        if (poem[i] != 0) {
            return seL4_False;
        }
    }
    return seL4_True;
}

void init(void)
{
    for (seL4_Word i = 0; i < poem_bytes; i++) {
        microkit_dbg_putc(poem[i]);
    }
    microkit_dbg_puts(rest_is_zero() ? "(the rest of the page is zero)\n" : "(and then rubbish)\n");
    microkit_dbg_puts("the kernel said how fast the clock is: ");
    microkit_dbg_puts(
        clock->header.id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ && clock->mhz > 0 ? "yes\n" : "no\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
