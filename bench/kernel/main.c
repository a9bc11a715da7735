// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's benchmarks: docs/kernel/benchmarks.md says what each name measures. */
#include "bench.h"

/* The runner or tool/execcount writes to it, in a copy of this task. */
extern char test_only[64];
char test_only[64] = "*";

int main(const seL4_BootInfo *info)
{
    rounds = test_only[0] == '*' ? ROUNDS : FEW_ROUNDS;
    objects_init(info);
    report_init();
    bench_ipc();
    bench_signal();
    bench_fault();
    bench_page();
    bench_irq();
    report_done();
}
