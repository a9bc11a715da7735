// SPDX-License-Identifier: BSD-2-Clause
/* From the kernel's first instruction to the first one of a component's own. */
#include "report.h"

/* What the kernel says about itself; zeros if it has no extensions. */
struct record {
    uint64_t id_and_length[2];
    uint64_t version, trap_all_bit, boot_entry_ticks;
};
const struct record *kernel_record;

void init(void)
{
    const uint64_t now = report_now();
    const uint64_t took = now - kernel_record->boot_entry_ticks;

    if (kernel_record->version == 0) {
        report_line("run bench.system.boot");
        report_line("skip bench.system.boot the kernel has no extension record");
    } else {
        report_value("system.boot", &took, 1);
    }
    report_done();
}

void notified(microkit_channel ch)
{
    (void)ch;
}
