// SPDX-License-Identifier: BSD-2-Clause
#include <start/root.h>

#include "report.h"
#include "world.h"

int main(const seL4_BootInfo *info)
{
    report_init(info);
    report_line("suite process");
    world_init(info);
    world_run(conversation_tests);
    world_run(trouble_tests);
    world_run(cycle_tests);
    report_end();
}
