// SPDX-License-Identifier: BSD-2-Clause
#include <harness/timing.h>

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
