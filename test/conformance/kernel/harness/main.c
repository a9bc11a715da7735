// SPDX-License-Identifier: BSD-2-Clause
#include <harness/suite.h>
#include <start/root.h>

int main(const seL4_BootInfo *bootinfo)
{
    suite_run(bootinfo);
    return 0;
}
