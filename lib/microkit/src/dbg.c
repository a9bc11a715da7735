// SPDX-License-Identifier: BSD-2-Clause
/* Output for developers, through the kernel; nothing where the kernel has none. */
#include <microkit.h>

enum { DIGITS_MAX = 10 }; /* of 32 bits */

void microkit_dbg_putc(int c)
{
#ifdef CONFIG_PRINTING
    seL4_DebugPutChar((char)c);
#else
    (void)c;
#endif
}

void microkit_dbg_puts(const char *text)
{
    while (*text != '\0') {
        microkit_dbg_putc(*text++);
    }
}

void microkit_dbg_put8(seL4_Uint8 number)
{
    microkit_dbg_put32(number);
}

void microkit_dbg_put32(seL4_Uint32 number)
{
    char digits[DIGITS_MAX];
    int count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0) {
        microkit_dbg_putc(digits[--count]);
    }
}
