// SPDX-License-Identifier: BSD-2-Clause
/* Offsets that entry.S shares with C; each is checked where the struct is defined. */
#pragma once

/* struct user_context (arch/context.h) */
#define CONTEXT_FS_BASE 0
#define CONTEXT_GS_BASE 8
#define CONTEXT_ENTRY   16
#define CONTEXT_RAX     24
#define CONTEXT_RBX     32
#define CONTEXT_RCX     40
#define CONTEXT_RDX     48
#define CONTEXT_RSI     56
#define CONTEXT_RDI     64
#define CONTEXT_RBP     72
#define CONTEXT_R8      80
#define CONTEXT_R9      88
#define CONTEXT_R10     96
#define CONTEXT_R11     104
#define CONTEXT_R12     112
#define CONTEXT_R13     120
#define CONTEXT_R14     128
#define CONTEXT_R15     136
#define CONTEXT_ERROR   144
#define CONTEXT_RIP     152
#define CONTEXT_CS      160
#define CONTEXT_RFLAGS  168
#define CONTEXT_RSP     176
#define CONTEXT_SS      184
#define CONTEXT_SIZE    192

/* from a thread's context to its trap_all (object/tcb.h) */
#define CONTEXT_TO_TRAP_ALL 199

#define CONTEXT_ENTRY_TRAP    0
#define CONTEXT_ENTRY_SYSCALL 1
#define CONTEXT_ENTRY_INT     2

/* struct core_arch, the first member of struct core (arch/core.h) */
#define CORE_SELF         0
#define CORE_CONTEXT      8
#define CORE_KERNEL_STACK 16
#define CORE_SCRATCH      24
