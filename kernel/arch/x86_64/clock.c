// SPDX-License-Identifier: BSD-2-Clause
/*
 * Calibration. Three counters are read together at the start and at the end of
 * an interval: a reference of known rate between two reads of the TSC, and the
 * APIC counter. An interruption between those two reads (firmware, or a
 * hypervisor that runs somebody else) makes them lie apart, so every sample is
 * taken several times and the tightest one counts; if even that one is too
 * loose for the accuracy wanted, the whole interval is repeated.
 */
#include "clock.h"
#include "core/platform.h"
#include "lapic.h"
#include "paging.h"
#include "port_io.h"
#include <arch/clock.h>
#include <arch/features.h>

uint32_t clock_mhz;
uint64_t timer_ratio;
ticks_t timer_longest_ticks;

/* All attempts together must stay below a millisecond. */
enum { MOST_TOTAL_US = 900, SAMPLE_TRIES = 5, EDGE_TRIES = 1000, LOOSEST_SHARE = 2000 };

/* The coarse timer needs the longer interval for the same accuracy. */
enum { HPET_INTERVAL_US = 250, PM_TIMER_INTERVAL_US = 450, TSC_INTERVAL_US = 100 };

enum { PM_TIMER_HZ = 3579545, PM_TIMER_MASK = 0xffffff };

/* HPET 1.0a section 2.3: byte offsets. The period is in femtoseconds. */
enum { HPET_PERIOD = 0x04, HPET_CONFIG = 0x10, HPET_COUNTER = 0xf0, HPET_CONFIG_RUN = 1 };

#define FEMTOSECONDS_PER_US    1000000000ull
#define HPET_LONGEST_PERIOD_FS 100000000ull /* the specification's bound: 100 ns */
#define PM_TIMER_FS_NUMERATOR  (1000000 * FEMTOSECONDS_PER_US)

/* A counter of known rate. */
struct reference {
    uint32_t (*read)(const struct reference *reference);
    uint32_t mask;      /* the bits it counts with */
    uint64_t period_fs; /* rounded; the interval is short enough for that */
    uint32_t interval_us;
    uint16_t port;
    uint32_t hpet_config; /* as it was found */
};

/* All counters at one moment. */
struct sample {
    ticks_t tsc;
    ticks_t spread; /* how far the two TSC reads around it lie apart */
    uint32_t reference;
    uint32_t timer; /* counts down */
};

struct measurement {
    ticks_t tsc;
    uint64_t elapsed_fs;
    uint32_t timer;
    bool is_tight;
};

BOOT_CODE static volatile uint32_t *hpet_register(unsigned offset_bytes)
{
    return fixmap_register(FIXMAP_CLOCK, offset_bytes);
}

BOOT_CODE static uint32_t hpet_read(const struct reference *reference)
{
    (void)reference;
    return *hpet_register(HPET_COUNTER);
}

BOOT_CODE static uint32_t pm_timer_read(const struct reference *reference)
{
    return port_in32(reference->port) & PM_TIMER_MASK;
}

BOOT_CODE static uint32_t tsc_read(const struct reference *reference)
{
    (void)reference;
    return (uint32_t)clock_now();
}

/* At the moment the reference moves on: a coarse one would blur the measurement otherwise. */
BOOT_CODE static struct sample sample_once(const struct reference *reference)
{
    uint32_t first = reference->read(reference);
    struct sample sample;
    ticks_t after;

    for (unsigned i = 0; i < EDGE_TRIES; i++) {
        sample.tsc = clock_now();
        sample.reference = reference->read(reference);
        if (sample.reference != first) {
            break;
        }
    }
    sample.timer = *lapic_register(LAPIC_TIMER_CURRENT);
    after = clock_now();
    sample.spread = after - sample.tsc;
    return sample;
}

BOOT_CODE static struct sample sample_best(const struct reference *reference)
{
    struct sample best = sample_once(reference);

    for (unsigned i = 1; i < SAMPLE_TRIES; i++) {
        struct sample next = sample_once(reference);

        best = next.spread < best.spread ? next : best;
    }
    return best;
}

BOOT_CODE static uint64_t reference_elapsed_fs(const struct reference *reference, uint32_t since)
{
    uint32_t ticks = (reference->read(reference) - since) & reference->mask;

    return ticks * reference->period_fs;
}

BOOT_CODE static struct measurement measure_once(const struct reference *reference)
{
    struct measurement result;
    struct sample start, end;

    start = sample_best(reference);
    while (reference_elapsed_fs(reference, start.reference) <
           reference->interval_us * FEMTOSECONDS_PER_US) {
        __asm__ volatile("pause");
    }
    end = sample_best(reference);
    result.tsc = end.tsc - start.tsc;
    result.timer = start.timer - end.timer;
    result.elapsed_fs =
        ((end.reference - start.reference) & reference->mask) * reference->period_fs;
    /* The reads at both ends happen at the same distance, so only their jitter matters. */
    result.is_tight =
        MAX(start.spread, end.spread) - MIN(start.spread, end.spread) < result.tsc / LOOSEST_SHARE;
    return result;
}

/* Repeats what was disturbed, as often as the millisecond allows. */
BOOT_CODE static struct measurement measure(const struct reference *reference)
{
    struct measurement result = {.tsc = 0};

    /* Masked: nobody waits for this interrupt. */
    *lapic_register(LAPIC_TIMER_INITIAL) = UINT32_MAX;
    for (unsigned i = 0; i < MOST_TOTAL_US / reference->interval_us; i++) {
        result = measure_once(reference);
        if (result.is_tight) {
            break;
        }
    }
    *lapic_register(LAPIC_TIMER_INITIAL) = 0;
    return result;
}

/* Whole megahertz, to the nearest: ticks per femtosecond would be a very small number. */
BOOT_CODE static uint32_t measured_mhz(const struct measurement *measured)
{
    return (uint32_t)((measured->tsc * FEMTOSECONDS_PER_US + measured->elapsed_fs / 2) /
                      measured->elapsed_fs);
}

/* Some machines list a timer that does not count. Reading a device takes long enough to tell. */
BOOT_CODE static bool is_counting(const struct reference *reference)
{
    const uint32_t first = reference->read(reference);

    for (unsigned i = 0; i < 1000; i++) {
        if (reference->read(reference) != first) {
            return true;
        }
    }
    return false;
}

/* The chip is user level's after boot, so it is left as it was found. */
BOOT_CODE static void hpet_close(const struct reference *reference)
{
    *hpet_register(HPET_CONFIG) = reference->hpet_config;
    paging_fixmap_set(FIXMAP_CLOCK, 0);
}

BOOT_CODE static bool hpet_open(paddr_t paddr, struct reference *reference)
{
    uint32_t period_fs;

    if (!IS_ALIGNED(paddr, 12) || paddr >> cpu_features.physical_bits != 0) {
        return false;
    }
    paging_fixmap_set(FIXMAP_CLOCK, paddr);
    period_fs = *hpet_register(HPET_PERIOD);
    if (period_fs == 0 || period_fs > HPET_LONGEST_PERIOD_FS) {
        paging_fixmap_set(FIXMAP_CLOCK, 0);
        return false;
    }
    *reference = (struct reference){.read = hpet_read,
                                    .mask = UINT32_MAX,
                                    .period_fs = period_fs,
                                    .interval_us = HPET_INTERVAL_US,
                                    .hpet_config = *hpet_register(HPET_CONFIG)};
    *hpet_register(HPET_CONFIG) = reference->hpet_config | HPET_CONFIG_RUN;
    if (!is_counting(reference)) {
        hpet_close(reference);
        return false;
    }
    return true;
}

BOOT_CODE static struct measurement measure_with_hpet(const struct reference *reference)
{
    const struct measurement result = measure(reference);

    hpet_close(reference);
    return result;
}

BOOT_CODE static bool pm_timer_open(uint16_t port, struct reference *reference)
{
    *reference = (struct reference){.read = pm_timer_read,
                                    .mask = PM_TIMER_MASK,
                                    .period_fs = PM_TIMER_FS_NUMERATOR / PM_TIMER_HZ,
                                    .interval_us = PM_TIMER_INTERVAL_US,
                                    .port = port};
    return port != 0 && is_counting(reference);
}

/* The rate is known; only the APIC timer is compared with the TSC. */
BOOT_CODE static struct measurement measure_with_tsc(uint32_t tsc_mhz)
{
    struct reference reference = {.read = tsc_read,
                                  .mask = UINT32_MAX,
                                  .period_fs = FEMTOSECONDS_PER_US / tsc_mhz,
                                  .interval_us = TSC_INTERVAL_US};

    return measure(&reference);
}

BOOT_CODE static struct measurement measure_with_timers(const struct acpi_facts *facts)
{
    struct reference reference;

    if (facts->hpet_paddr != 0 && hpet_open(facts->hpet_paddr, &reference)) {
        return measure_with_hpet(&reference);
    }
    if (pm_timer_open(facts->pm_timer_port, &reference)) {
        return measure(&reference);
    }
    boot_halt("clock: this machine has neither an HPET nor an ACPI timer to measure its time "
              "stamp counter with; give its rate with tsc_mhz=N on the command line");
}

BOOT_CODE static void set_timer_rate(const struct measurement *measured)
{
    if (measured->timer == 0) {
        boot_halt("processor: the timer of its local APIC does not count");
    }
    /* Rounded up: a timer that fires early costs another interrupt. */
    timer_ratio = ((uint64_t)measured->timer << 32) / measured->tsc + 1;
    timer_longest_ticks = (((uint64_t)UINT32_MAX - 1) << 32) / timer_ratio;
}

BOOT_CODE void clock_init(const struct acpi_facts *facts, uint32_t tsc_mhz)
{
    struct measurement measured =
        tsc_mhz != 0 ? measure_with_tsc(tsc_mhz) : measure_with_timers(facts);

    set_timer_rate(&measured);
    clock_mhz = tsc_mhz != 0 ? tsc_mhz : measured_mhz(&measured);
    if (clock_mhz == 0) {
        boot_halt("clock: the time stamp counter runs at less than 1 MHz, or is measured wrongly; "
                  "give its rate with tsc_mhz=N on the command line");
    }
    *lapic_register(LAPIC_LVT_TIMER) = TIMER_VECTOR;
}
