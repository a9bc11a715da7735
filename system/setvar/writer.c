// SPDX-License-Identifier: BSD-2-Clause
/* The same region at another address, the same channel under another number. */
#include <microkit.h>
#include <tiny/string.h>

char *ring;
seL4_Word reader;

void init(void)
{
    static const char text[] = "nobody wrote a number down";

    tiny_memcpy(ring, text, sizeof(text));
    microkit_notify((microkit_channel)reader);
}

void notified(microkit_channel ch)
{
    (void)ch;
}
