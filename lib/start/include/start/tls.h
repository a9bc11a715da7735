// SPDX-License-Identifier: BSD-2-Clause
/*
 * Thread-local storage. Each thread has a block of memory with its copies of
 * all thread-local variables and, at its thread pointer, what the processor's
 * convention wants there. The link script says where the initial values are.
 *
 *   x86_64:   [ variables ... ][ thread pointer: its own address ]
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Alignment of a block; also what a caller's memory must have. */
#define TLS_ALIGN 64

/* Bytes of a block. */
size_t tls_bytes(void);

/* Makes a block in `memory` (aligned, tls_bytes() long, given); returns its thread pointer. */
uintptr_t tls_init(void *memory);

/* Sets the thread pointer of the calling thread, which is the root task's first one. */
void tls_set_thread_pointer(uintptr_t thread_pointer);

/* Where the thread with this thread pointer has the caller's thread-local variable `mine`. */
void *tls_other(uintptr_t thread_pointer, const void *mine);
