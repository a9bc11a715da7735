// SPDX-License-Identifier: BSD-2-Clause
/* The register work of core/fastpath.c: whole messages at once, without tables. */
#pragma once

#include <abi/message.h>
#include <arch/context.h>

/* length is at least 1. */
static inline void context_copy_message_registers(struct user_context *to,
                                                  const struct user_context *from, unsigned length)
{
    to->r10 = from->r10;
    if (length > 1) {
        to->r8 = from->r8;
    }
    if (length > 2) {
        to->r9 = from->r9;
    }
    if (length > 3) {
        to->r15 = from->r15;
    }
}

/* The words of an UnknownSyscall message (page `faults`), of a thread that came by
 * `syscall`: its rcx and r11 are what the processor made of them. */
static inline void context_write_unknown_syscall(struct user_context *to, struct ipc_buffer *buffer,
                                                 const struct user_context *from, word_t number)
{
    to->r10 = from->rax;
    to->r8 = from->rbx;
    to->r9 = from->rip;
    to->r15 = from->rdx;
    buffer->msg[4] = from->rsi;
    buffer->msg[5] = from->rdi;
    buffer->msg[6] = from->rbp;
    buffer->msg[7] = from->r8;
    buffer->msg[8] = from->r9;
    buffer->msg[9] = from->r10;
    buffer->msg[10] = from->rflags;
    buffer->msg[11] = from->r12;
    buffer->msg[12] = from->r13;
    buffer->msg[13] = from->r14;
    buffer->msg[14] = from->r15;
    buffer->msg[15] = from->rip - CONTEXT_SYSCALL_BYTES;
    buffer->msg[16] = from->rsp;
    buffer->msg[17] = from->rflags;
    buffer->msg[18] = number;
}

/* The answer to it: no words (all registers stay) or all of them; others take the slow path. */
static inline bool context_apply_unknown_syscall(struct user_context *to,
                                                 const struct user_context *from,
                                                 const struct ipc_buffer *buffer, unsigned length)
{
    if (length == 0) {
        context_rewind(to);
        return true;
    }
    if (length < UNKNOWN_SYSCALL_REPLY_COUNT) {
        return false;
    }
    to->rax = from->r10;
    to->rbx = from->r8;
    to->rcx = from->r9;
    to->rdx = from->r15;
    to->rsi = buffer->msg[4];
    to->rdi = buffer->msg[5];
    to->rbp = buffer->msg[6];
    to->r8 = buffer->msg[7];
    to->r9 = buffer->msg[8];
    to->r10 = buffer->msg[9];
    to->r11 = buffer->msg[10];
    to->r12 = buffer->msg[11];
    to->r13 = buffer->msg[12];
    to->r14 = buffer->msg[13];
    to->r15 = buffer->msg[14];
    to->rip = context_canonical(buffer->msg[15]);
    to->rsp = buffer->msg[16];
    to->rflags = context_user_flags(buffer->msg[17]);
    to->entry = ENTRY_TRAP;
    return true;
}
