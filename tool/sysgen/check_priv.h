// SPDX-License-Identifier: BSD-2-Clause
/* The parts of check.c, in the order in which check_system() calls them. */
#pragma once
#include "read.h"

#define FOR_EACH(type, item, list)                                                                 \
    for (size_t item##_at = 0; item##_at < (list).count; item##_at++)                              \
        for (type *item = (list).items[item##_at]; item; item = NULL)

/* check_ids.c */
void check_irq_numbers(struct reading *in);
void check_ids(struct reading *in);
void check_io_port_ids(struct reading *in);
void check_io_ports(struct reading *in);
void check_slots(struct reading *in);
void check_controls(struct reading *in);

/* check_memory.c */
void check_all_maps(struct reading *in);
void check_io_maps(struct reading *in);
void check_physical(struct reading *in);
void warn_unused(struct reading *in);
void choose_page_sizes(struct reading *in);
void check_setvars(struct reading *in);
