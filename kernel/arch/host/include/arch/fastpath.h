// SPDX-License-Identifier: BSD-2-Clause
/* The register work of core/fastpath.c, done with the functions of <arch/context.h>. */
#pragma once

#include <abi/message.h>
#include <arch/context.h>

/* length is at least 1. */
static inline void context_copy_message_registers(struct user_context *to,
                                                  const struct user_context *from, unsigned length)
{
    for (unsigned i = 0; i < MIN(length, (unsigned)MSG_REGISTERS); i++) {
        context_set_message_register(to, i, context_message_register(from, i));
    }
}

/* A word of a message wherever it lives. */
static inline void context_put_word(struct user_context *to, struct ipc_buffer *buffer,
                                    unsigned index, word_t value)
{
    if (index < MSG_REGISTERS) {
        context_set_message_register(to, index, value);
    } else {
        buffer->msg[index] = value;
    }
}

/* The message of a foreign system call, whose thread came by the system call instruction. */
static inline void context_write_unknown_syscall(struct user_context *to, struct ipc_buffer *buffer,
                                                 const struct user_context *from, word_t number)
{
#define PUT(index, name)                                                                           \
    context_put_word(to, buffer, index, context_get(from, offsetof(struct user_context, name)));
    ABI_UNKNOWN_SYSCALL_MRS(PUT)
#undef PUT
    buffer->msg[FAULT_UNKNOWN_SYSCALL_SYSCALL] = number;
}

/* The answer to it: no words (all registers stay) or all of them; others take the slow path. */
static inline bool context_apply_unknown_syscall(struct user_context *to,
                                                 const struct user_context *from,
                                                 const struct ipc_buffer *buffer, unsigned length)
{
    if (length != 0 && length < UNKNOWN_SYSCALL_REPLY_COUNT) {
        return false;
    }
    context_rewind(to);
    if (length != 0) {
#define TAKE(index, name)                                                                          \
    context_set(to, offsetof(struct user_context, name),                                           \
                (index) < MSG_REGISTERS ? context_message_register(from, (index) % MSG_REGISTERS)  \
                                        : buffer->msg[index]);
        ABI_UNKNOWN_SYSCALL_MRS(TAKE)
#undef TAKE
    }
    return true;
}
