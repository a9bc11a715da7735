// SPDX-License-Identifier: BSD-2-Clause
/* A component does the wrong thing that has its name. */
#include "gallery.h"
#include <tiny/string.h>

#define ONE(piece)                                                                                 \
    {                                                                                              \
#piece, piece                                                                              \
    }

static const struct {
    const char *name;
    void (*go_wrong)(void);
} pieces[] = {
    ONE(null_read),          ONE(null_write),
    ONE(null_call),          ONE(constant_write),
    ONE(code_write),         ONE(region_write),
    ONE(region_end),         ONE(foreign_read),
    ONE(foreign_write),      ONE(kernel_read),
    ONE(nowhere_write),      ONE(nowhere_jump),
    ONE(data_jump),          ONE(stack_recursion),
    ONE(stack_frame),        ONE(stack_top),
    ONE(stack_return),       ONE(stack_pointer),
    ONE(divide_zero),        ONE(divide_range),
    ONE(bad_opcode),         ONE(breakpoint),
    ONE(single_step),        ONE(port_read),
    ONE(privileged_halt),    ONE(privileged_register),
    ONE(odd_address),        ONE(odd_vector),
    ONE(float_x87),          ONE(float_forbidden),
    ONE(software_interrupt), ONE(cap_missing),
    ONE(cap_wrong_use),      ONE(cap_nowhere),
    ONE(cap_wrong_kind),     ONE(bad_syscall),
    ONE(watched_write),      ONE(time_out),
    ONE(assertion),
};

void init(void)
{
    for (unsigned i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        if (tiny_strcmp(microkit_name, pieces[i].name) == 0) {
            pieces[i].go_wrong();
            microkit_dbg_puts(microkit_name);
            microkit_dbg_puts(": nothing stopped me\n");
            return;
        }
    }
    microkit_dbg_puts(microkit_name);
    microkit_dbg_puts(": still standing\n");
}

void notified(microkit_channel ch)
{
    (void)ch;
}
