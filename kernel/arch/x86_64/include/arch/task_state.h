// SPDX-License-Identifier: BSD-2-Clause
/* The 64-bit task state segment (Intel SDM 3A 8.7): where the processor finds stacks. */
#pragma once

#include "lib/base.h"

struct task_state {
    uint32_t reserved0;
    uint64_t stack[3]; /* by privilege level; [0] is where a trap from user mode pushes its frame */
    uint64_t reserved1;
    uint64_t interrupt_stack[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_bitmap_offset;
} __attribute__((packed));

static_assert(sizeof(struct task_state) == 104, "TSS layout");
