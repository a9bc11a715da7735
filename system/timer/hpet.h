// SPDX-License-Identifier: BSD-2-Clause
/* The High Precision Event Timer (IA-PC HPET Specification 1.0a, section 2.3): a counter that only
 * goes up, and comparators; we use the first. */
#pragma once
#include <microkit.h>

typedef volatile seL4_Uint64 hpet_register;

/* Offsets in bytes. */
enum {
    HPET_CAPABILITIES = 0x000,
    HPET_CONFIGURATION = 0x010,
    HPET_COUNTER = 0x0f0,
    HPET_TIMER0_CONFIGURATION = 0x100,
    HPET_TIMER0_COMPARATOR = 0x108,
};

/* Capabilities: 64-bit counter, can replace the old timer chip; femtoseconds per tick above. */
#define HPET_COUNTER_64    (1ull << 13)
#define HPET_CAN_REPLACE   (1ull << 15)
#define HPET_PERIOD_SHIFT  32
#define HPET_PERIOD_MAX_FS 100000000ull

/* Configuration: it counts; its first timer's interrupt replaces the old chip's. */
#define HPET_ENABLE  (1ull << 0)
#define HPET_REPLACE (1ull << 1)

/* Of a timer: edges, once, with an interrupt; can compare 64 bits. */
#define HPET_TIMER_INTERRUPT (1ull << 2)
#define HPET_TIMER_64        (1ull << 5)
