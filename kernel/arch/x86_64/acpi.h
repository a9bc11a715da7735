// SPDX-License-Identifier: BSD-2-Clause
/*
 * The few facts the kernel itself takes from ACPI tables (ACPI Specification
 * 6.5, chapter 5.2; HPET Specification 1.0a 3.2.4). Everything else in ACPI is
 * user level's business.
 */
#pragma once

#include "extra.h"
#include "lib/base.h"

struct acpi_facts {
    unsigned cpu_count;
    paddr_t ioapic_paddr;   /* 0: none; the first one of the table */
    paddr_t hpet_paddr;     /* 0: none */
    uint16_t pm_timer_port; /* 0: none */
};

/*
 * Finds the root pointer (kept in `extra`, where a boot loader may have put it
 * already) and walks the tables; halts with a message when there are none.
 */
void acpi_read(struct platform_extra *extra, struct acpi_facts *facts);
