// SPDX-License-Identifier: BSD-2-Clause
/* Starting further threads in the address space of the caller. */
#pragma once

#include <sel4/sel4.h>
#include <stddef.h>

/*
 * What a thread needs. The memory is given to it and must outlive it. CSpace,
 * VSpace, IPC buffer, priority and scheduling context of the TCB are set by the
 * caller (seL4_TCB_Configure, seL4_TCB_SetSchedParams).
 */
struct thread_setup {
    seL4_TCB tcb;
    void *stack; /* lowest address */
    size_t stack_bytes;
    void *tls;                  /* aligned to TLS_ALIGN, tls_bytes() long */
    seL4_IPCBuffer *ipc_buffer; /* as the thread sees it; may be null */
    void (*entry)(void *argument);
    void *argument;
};

/*
 * Sets the registers so that the thread runs entry(argument) with thread-local
 * variables of its own; with `resume` it starts at once. When entry returns the
 * thread suspends itself, for which `tcb` must be good in its own CSpace too.
 */
seL4_Error thread_start(const struct thread_setup *setup, seL4_Bool resume);
