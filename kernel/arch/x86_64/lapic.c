// SPDX-License-Identifier: BSD-2-Clause
#include "lapic.h"
#include "core/platform.h"
#include "msr.h"
#include "paging.h"
#include <arch/irq_controller.h>

enum {
    LVT_MASKED = 1u << 16,
    LVT_NMI = 4u << 8,
    SPURIOUS_ENABLE = 1u << 8,
    TIMER_DIVIDE_BY_1 = 0xb,
    VERSION_REGISTER = 0x30,
};

/* External vectors come in banks of 32; the first one belongs to exceptions. */
enum { VECTOR_BANKS = 8, VECTOR_BANK_BYTES = 16, FIRST_EXTERNAL_BANK = 1 };

BOOT_CODE static void mask_local_sources(void)
{
    unsigned last = *lapic_register(VERSION_REGISTER) >> 16 & 0xff;

    *lapic_register(LAPIC_LVT_TIMER) = LVT_MASKED;
    *lapic_register(LAPIC_LVT_LINT0) = LVT_MASKED;
    *lapic_register(LAPIC_LVT_LINT1) = LVT_NMI;
    *lapic_register(LAPIC_LVT_ERROR) = LVT_MASKED;
    if (last >= 4) {
        *lapic_register(LAPIC_LVT_COUNTER) = LVT_MASKED;
    }
    if (last >= 5) {
        *lapic_register(LAPIC_LVT_THERMAL) = LVT_MASKED;
    }
    if (last >= 6) {
        *lapic_register(LAPIC_LVT_CMCI) = LVT_MASKED;
    }
}

BOOT_CODE paddr_t lapic_init_core(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);
    paddr_t paddr = base & PTE_ADDRESS;

    if ((base & APIC_BASE_X2APIC) != 0) {
        boot_halt("processor: the firmware left the local APIC in x2APIC mode, which this kernel "
                  "does not drive; switch x2APIC off in the firmware set-up");
    }
    msr_write(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
    paging_fixmap_set(FIXMAP_LAPIC, paddr);
    *lapic_register(LAPIC_SPURIOUS) = SPURIOUS_ENABLE | IRQC_SPURIOUS_VECTOR;
    *lapic_register(LAPIC_TASK_PRIORITY) = 0;
    mask_local_sources();
    *lapic_register(LAPIC_TIMER_DIVIDE) = TIMER_DIVIDE_BY_1;
    *lapic_register(LAPIC_TIMER_INITIAL) = 0;
    return paddr;
}

bool irqc_pending(void)
{
    uint32_t any = 0;

    for (unsigned bank = FIRST_EXTERNAL_BANK; bank < VECTOR_BANKS; bank++) {
        any |= *lapic_register(LAPIC_REQUESTED + bank * VECTOR_BANK_BYTES);
    }
    return any != 0;
}

bool irqc_in_service(unsigned vector)
{
    const unsigned bank_bytes = vector / 32 * VECTOR_BANK_BYTES;

    return *lapic_register(LAPIC_IN_SERVICE + bank_bytes) >> vector % 32 & 1;
}
