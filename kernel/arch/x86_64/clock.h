// SPDX-License-Identifier: BSD-2-Clause
/* Setting up what arch/clock.h offers. */
#pragma once

#include "acpi.h"
#include "lib/base.h"

/*
 * Measures TSC and local APIC timer against the HPET or the ACPI timer, in at
 * most a millisecond, and arms TIMER_VECTOR. tsc_mhz (0: measure) overrides the
 * TSC's rate. Halts with a message if there is neither a timer nor a tsc_mhz.
 */
void clock_init(const struct acpi_facts *facts, uint32_t tsc_mhz);
