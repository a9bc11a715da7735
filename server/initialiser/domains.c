// SPDX-License-Identifier: BSD-2-Clause
#include "domains.h"

#include "arch.h"
#include "report.h"

static void check(seL4_Error error, uint32_t slice)
{
    if (error != seL4_NoError) {
        report_stop("slice %u of the domain schedule: the kernel answered: %s (error %d)", slice,
                    report_error_text(error), (int)error);
    }
}

/* The kernel counts in ticks; an end mark is a slice without any. */
static uint64_t ticks(const struct job *job, const struct system_slice *slice)
{
    uint64_t per_us;

    if (slice->unit != SYSTEM_SLICE_US) {
        return slice->unit == SYSTEM_SLICE_END ? 0 : slice->duration;
    }
    per_us = arch_ticks_per_us(job);
    if (per_us == 0) {
        report_stop("the domain schedule is in microseconds, but the kernel does not say how long "
                    "its ticks are");
    }
    return slice->duration * per_us;
}

void domains_write(struct job *job)
{
    const struct system_slice *slices = system_table(job->image, SYSTEM_TABLE_SLICES);

    for (uint32_t i = 0; i < system_count(job->image, SYSTEM_TABLE_SLICES); i++) {
        check(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, job->image->schedule_shift + i,
                                               (seL4_Uint8)slices[i].domain,
                                               ticks(job, &slices[i])),
              i);
    }
}

void domains_begin(struct job *job)
{
    const uint32_t start = job->image->schedule_start;

    if (system_count(job->image, SYSTEM_TABLE_SLICES)) {
        check(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, job->image->schedule_shift + start),
              start);
    }
}
