// SPDX-License-Identifier: BSD-2-Clause
/*
 * The registers of a user thread while the kernel runs, and which of them carry
 * what in a system call (x86_64, `syscall`):
 *
 *   rdx number    rdi capability in, badge out    rsi message info
 *   r10 r8 r9 r15 message words 0-3               r12 reply    r13 destination of NBSendRecv
 *
 * The last five words are the frame the processor pushes for an interrupt: the
 * task state segment points behind them, so traps save straight into the
 * current thread. entry.S knows the offsets; context_offsets.h has them.
 */
#pragma once

#include <abi/faults.h>
#include <abi/message.h>

#include "lib/base.h"
#include <arch/context_offsets.h>

struct user_context {
    word_t fs_base, gs_base; /* saved when another thread's are loaded (core.c) */
    word_t entry;            /* enum context_entry: how user mode was left */
    word_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    word_t r8, r9, r10, r11, r12, r13, r14, r15;
    word_t error; /* the processor's error code, or the vector's stand-in */
    word_t rip, cs, rflags, rsp, ss;
};

/*
 * Decides how to go back and what a fault reports. After `syscall` rcx and r11
 * hold rip and rflags and their fields above are stale.
 */
enum context_entry {
    ENTRY_TRAP = CONTEXT_ENTRY_TRAP,       /* rip: the next instruction to run */
    ENTRY_SYSCALL = CONTEXT_ENTRY_SYSCALL, /* rip: behind the two bytes of `syscall` */
    ENTRY_INT = CONTEXT_ENTRY_INT,         /* rip: behind the two bytes of `int n` */
};

static_assert(offsetof(struct user_context, entry) == CONTEXT_ENTRY, "entry.S");
static_assert(offsetof(struct user_context, rax) == CONTEXT_RAX, "entry.S");
static_assert(offsetof(struct user_context, r8) == CONTEXT_R8, "entry.S");
static_assert(offsetof(struct user_context, error) == CONTEXT_ERROR, "entry.S");
static_assert(offsetof(struct user_context, rip) == CONTEXT_RIP, "entry.S");
static_assert(sizeof(struct user_context) == CONTEXT_SIZE, "entry.S");

#define CONTEXT_SYSCALL_BYTES 2 /* length of `syscall` and of `int n` */

/* ---- system call registers ---- */

static inline word_t context_message_register(const struct user_context *context, unsigned index)
{
    switch (index) {
    case 0: return context->r10;
    case 1: return context->r8;
    case 2: return context->r9;
    default: return context->r15;
    }
}

static inline void context_set_message_register(struct user_context *context, unsigned index,
                                                word_t value)
{
    switch (index) {
    case 0: context->r10 = value; break;
    case 1: context->r8 = value; break;
    case 2: context->r9 = value; break;
    default: context->r15 = value; break;
    }
}

static inline word_t context_capability(const struct user_context *context)
{
    return context->rdi;
}

static inline void context_set_badge(struct user_context *context, word_t badge)
{
    context->rdi = badge;
}

static inline word_t context_info(const struct user_context *context)
{
    return context->rsi;
}

static inline void context_set_info(struct user_context *context, word_t info)
{
    context->rsi = info;
}

static inline word_t context_reply(const struct user_context *context)
{
    return context->r12;
}

static inline word_t context_destination(const struct user_context *context)
{
    return context->r13;
}

static inline word_t context_stack_pointer(const struct user_context *context)
{
    return context->rsp;
}

/* ---- where the thread goes on ---- */

/* The address a fault reports and a restarted thread runs again: for a system call the call. */
static inline word_t context_restart_ip(const struct user_context *context)
{
    return context->entry == ENTRY_TRAP ? context->rip : context->rip - CONTEXT_SYSCALL_BYTES;
}

/* After `syscall` the processor has put rip and rflags into rcx and r11: make the fields say so. */
static inline void context_settle(struct user_context *context)
{
    if (context->entry == ENTRY_SYSCALL) {
        context->rcx = context->rip;
        context->r11 = context->rflags;
    }
}

/* The thread is to repeat what it did last (a system call) when it runs next. */
static inline void context_rewind(struct user_context *context)
{
    context_settle(context);
    context->rip = context_restart_ip(context);
    context->entry = ENTRY_TRAP;
}

/* What the thread did last is over, even if it is stopped now: going on means behind it. */
static inline void context_complete(struct user_context *context)
{
    context_settle(context);
    context->entry = ENTRY_TRAP;
}

/* ---- registers by their number in seL4_UserContext, for ReadRegisters and its relatives ---- */

#define CONTEXT_FRAME_REGISTERS 18 /* 0..17: copied as "frame", the rest as "integer" */

word_t context_register(const struct user_context *context, unsigned index);
/* Sanitises; writing rip also makes it the place where the thread goes on. */
void context_set_register(struct user_context *context, unsigned index, word_t value);

/* The same by place in the struct (CONTEXT_RIP ...): fault messages have orders of their own. */
word_t context_get(const struct user_context *context, unsigned offset);
void context_set(struct user_context *context, unsigned offset, word_t value);

/* The address, or 0 if the processor could not hold it. */
static inline word_t context_canonical(word_t address)
{
    return address >= 0x0000800000000000ull && address <= 0xffff7fffffffffffull ? 0 : address;
}

/* The flags user level may set: arithmetic and direction; interrupts on, no single step. */
static inline word_t context_user_flags(word_t flags)
{
    const word_t always = BIT(1) | BIT(9);
    const word_t never = BIT(3) | BIT(5) | BIT(8);

    return ((flags | always) & ~never) & MASK(12);
}

/* A thread's first registers. */
void context_init(struct user_context *context);
/* The initial thread's: where to start and its first argument. */
void context_start(struct user_context *context, vaddr_t entry, word_t argument);
