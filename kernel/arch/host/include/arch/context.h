// SPDX-License-Identifier: BSD-2-Clause
/*
 * The registers of a simulated user thread. It has the names and the system call
 * conventions of x86_64, because the simulated machine speaks that interface:
 *
 *   rdx number    rdi capability in, badge out    rsi message info
 *   r10 r8 r9 r15 message words 0-3               r12 reply    r13 destination of NBSendRecv
 */
#pragma once

#include <abi/faults.h>
#include <abi/message.h>

#include "lib/base.h"

struct user_context {
    word_t fs_base, gs_base; /* of a thread whose bases are not loaded: see core_arch.bases_of */
    word_t entry;            /* enum context_entry */
    word_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    word_t r8, r9, r10, r11, r12, r13, r14, r15;
    word_t rip, rflags, rsp;
};

/* How user mode was left. */
enum context_entry {
    ENTRY_TRAP,    /* rip: the next instruction to run */
    ENTRY_SYSCALL, /* rip: behind the system call instruction; rcx and r11 are stale */
};

#define CONTEXT_SYSCALL_BYTES 2

static inline word_t *context_message_place(struct user_context *context, unsigned index)
{
    word_t *const places[MSG_REGISTERS] = {&context->r10, &context->r8, &context->r9,
                                           &context->r15};

    return places[index];
}

static inline word_t context_message_register(const struct user_context *context, unsigned index)
{
    return *context_message_place((struct user_context *)(uintptr_t)context, index);
}

static inline void context_set_message_register(struct user_context *context, unsigned index,
                                                word_t value)
{
    *context_message_place(context, index) = value;
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

static inline word_t context_restart_ip(const struct user_context *context)
{
    return context->entry == ENTRY_TRAP ? context->rip : context->rip - CONTEXT_SYSCALL_BYTES;
}

static inline void context_settle(struct user_context *context)
{
    if (context->entry == ENTRY_SYSCALL) {
        context->rcx = context->rip;
        context->r11 = context->rflags;
    }
}

/* The thread is to repeat what it did last when it runs next. */
static inline void context_rewind(struct user_context *context)
{
    context_settle(context);
    context->rip = context_restart_ip(context);
    context->entry = ENTRY_TRAP;
}

/* What the thread did last is over. */
static inline void context_complete(struct user_context *context)
{
    context_settle(context);
    context->entry = ENTRY_TRAP;
}

/* ---- registers by number (seL4_UserContext) and by place (fault messages) ---- */

#define CONTEXT_FRAME_REGISTERS USER_CONTEXT_FRAME_COUNT

word_t context_register(const struct user_context *context, unsigned index);
void context_set_register(struct user_context *context, unsigned index, word_t value);
word_t context_get(const struct user_context *context, unsigned offset);
void context_set(struct user_context *context, unsigned offset, word_t value);

/* The address, or 0 if an x86_64 processor could not hold it. */
static inline word_t context_canonical(word_t address)
{
    return address >= 0x0000800000000000ull && address <= 0xffff7fffffffffffull ? 0 : address;
}

/* The flags user level may set. */
static inline word_t context_user_flags(word_t flags)
{
    const word_t always = BIT(1) | BIT(9);
    const word_t never = BIT(3) | BIT(5) | BIT(8);

    return ((flags | always) & ~never) & MASK(12);
}

void context_init(struct user_context *context);
void context_start(struct user_context *context, vaddr_t entry, word_t argument);
