// SPDX-License-Identifier: BSD-2-Clause
/*
 * One `syscall` with every general register chosen, and what all of them hold
 * afterwards. One thread at a time: the frame's address waits in memory, because
 * no register is spared.
 */
#pragma once
#include <stdint.h>

struct raw {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rsp; /* afterwards */
};

void raw_syscall(struct raw *registers);
/* The instruction itself, and the stack pointer it was reached with. */
extern const char raw_instruction[];
extern uint64_t raw_stack;
