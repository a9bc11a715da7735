// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's benchmarks: docs/kernel/benchmarks.md says what each name measures. */
#include "bench.h"

int main(const seL4_BootInfo *info)
{
    objects_init(info);
    report_init();
    bench_ipc();
    bench_signal();
    bench_fault();
    bench_page();
    bench_irq();
    report_done();
}
