// SPDX-License-Identifier: BSD-2-Clause
#include <harness/suite.h>

static uint64_t mhz;

void timing_init(const seL4_BootInfo *info)
{
    const char *at = (const char *)info + seL4_BootInfoFrameSize;
    const char *end = at + info->extraLen;

    while (at < end) {
        const seL4_BootInfoHeader *header = (const void *)at;

        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ) {
            mhz = ((const seL4_X86_BootInfo_TSC *)(const void *)at)->frequency_mhz;
        }
        at += header->len;
    }
}

uint64_t ticks_per_us(void)
{
    return mhz;
}

uint64_t now_us(void)
{
    return ticks_now() / mhz;
}

void spin_us(uint64_t us)
{
    const uint64_t end = ticks_now() + us * mhz;

    while (ticks_now() < end) {
    }
}

void check_about(uint64_t got_us, uint64_t expected_us, const char *what, const char *file,
                 int line)
{
    if (got_us + SLACK_US < expected_us || got_us > expected_us + SLACK_US) {
        fail(file, line, "expected %s = about %lu us got %lu us", what, expected_us, got_us);
    }
}
