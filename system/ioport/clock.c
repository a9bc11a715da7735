// SPDX-License-Identifier: BSD-2-Clause
/* Reads the PC's real-time clock (MC146818) through its two I/O ports and has the date printed.
 * Then it tries a third port. */
#include <microkit.h>

enum { PRINTER = 1 };
enum { INDEX = 0, DATA = 1 };
enum { RTC_MINUTE = 2, RTC_HOUR = 4, RTC_DAY = 7, RTC_MONTH = 8, RTC_YEAR = 9, RTC_A = 10 };
enum { RTC_A_UPDATING = 0x80, KEYBOARD_STATUS = 0x64 };

seL4_Word rtc, rtc_base;

static void put(const char *text)
{
    for (; *text != '\0'; text++) {
        microkit_mr_set(0, (seL4_Word)*text);
        microkit_ppcall(PRINTER, microkit_msginfo_new(0, 1));
    }
}

static unsigned rtc_read(unsigned index)
{
    microkit_x86_ioport_write_8((microkit_ioport)rtc, rtc_base + INDEX, index);
    return microkit_x86_ioport_read_8((microkit_ioport)rtc, rtc_base + DATA);
}

/* The clock counts in decimal digits of four bits. */
static void put_two(const char *before, unsigned index)
{
    const unsigned value = rtc_read(index);
    const char digits[] = {(char)('0' + (value >> 4)), (char)('0' + (value & 15)), '\0'};

    put(before);
    put(digits);
}

void init(void)
{
    while (rtc_read(RTC_A) & RTC_A_UPDATING) {
    }
    put_two("clock: it is 20", RTC_YEAR);
    put_two("-", RTC_MONTH);
    put_two("-", RTC_DAY);
    put_two(", ", RTC_HOUR);
    put_two(":", RTC_MINUTE);
    put("\r\nclock: and what does the keyboard do?\r\n");
    (void)microkit_x86_ioport_read_8((microkit_ioport)rtc, KEYBOARD_STATUS);
    put("clock: I know what the keyboard does\r\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
