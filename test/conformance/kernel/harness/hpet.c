// SPDX-License-Identifier: BSD-2-Clause
#include <harness/hpet.h>
#include <harness/suite.h>

/* IA-PC HPET specification 1.0a, section 2.3; timer 0. */
enum {
    HPET_ADDRESS = 0xfed00000,
    CAPABILITIES = 0x0,
    CONFIGURATION = 0x10,
    COUNTER = 0xf0,
    TIMER_CONFIGURATION = 0x100,
    TIMER_COMPARATOR = 0x108,
    TIMER_MESSAGE = 0x110, /* value below, address above */
    CONFIGURATION_RUN = 1,
    TIMER_ENABLED = 1 << 2,
    TIMER_SENDS_MESSAGES = 1 << 14,
    TIMER_CAN_SEND_MESSAGES = 1 << 15,
};

#define FEMTOSECONDS_PER_US 1000000000ull
#define MESSAGE_ADDRESS     0xfee00000ull /* to processor 0 */
#define DELAY_US            20

static volatile uint64_t *reg(unsigned offset)
{
    return (volatile uint64_t *)(FREE_ADDRESS + offset);
}

void hpet_open(void)
{
    tables_map(OWN_VSPACE, FREE_ADDRESS);
    OK(seL4_X86_Page_Map(device_frame_at(HPET_ADDRESS), OWN_VSPACE, FREE_ADDRESS, seL4_AllRights,
                         seL4_X86_Uncacheable));
    if (!(*reg(TIMER_CONFIGURATION) & TIMER_CAN_SEND_MESSAGES)) {
        skip("the high precision timer cannot send messages");
    }
}

void hpet_send(seL4_Word vector)
{
    const uint64_t period = *reg(CAPABILITIES) >> 32;

    *reg(TIMER_CONFIGURATION) = 0;
    *reg(CONFIGURATION) = CONFIGURATION_RUN;
    *reg(TIMER_MESSAGE) = MESSAGE_ADDRESS << 32 | vector;
    *reg(TIMER_CONFIGURATION) = TIMER_ENABLED | TIMER_SENDS_MESSAGES;
    *reg(TIMER_COMPARATOR) = *reg(COUNTER) + DELAY_US * FEMTOSECONDS_PER_US / period;
}
