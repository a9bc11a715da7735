// SPDX-License-Identifier: BSD-2-Clause
/*
 * The demonstration task: a tour of the kernel's objects for somebody who has
 * never seen one. It is the first and only program that the kernel starts, and
 * prints what it does and what came of it.
 */
#include <tiny/printf.h>

#include "scenes.h"
#include "space.h"
#include "terminal.h"
#include "worker.h"
#include "workshop.h"

static void farewell(void)
{
    tiny_printf("\nWhat to look at next:\n"
                "    test/demo              this program, a file for each group of scenes\n"
                "    docs/kernel            what each object is and guarantees\n"
                "    ./sofa test            checks more than this tour can show\n"
                "    ./sofa bench kernel    counts what each operation costs\n"
                "\nThat was the tour. To leave QEMU press Ctrl-A, then X.\n");
}

int main(const seL4_BootInfo *info)
{
    terminal_open(info->empty.start);
    workshop_open(info);
    space_init(info);
    worker_init(info);
    tiny_printf("\nSofa: a tour of the kernel, from the first program it starts.\n");
    scenes_of_memory(info);
    scenes_of_rights();
    scenes_of_servers();
    scenes_of_signals();
    scenes_of_faults();
    scenes_of_time();
    scene_of_revocation();
    farewell();
    return 0;
}
