// SPDX-License-Identifier: BSD-2-Clause
/* What a processor's folder says about thread-local storage and the registers of a new thread. */
#pragma once

#include <sel4/sel4.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a block around this many bytes of variables, which are a multiple of TLS_ALIGN. */
size_t layout_block_bytes(size_t variables_bytes);

/* Where the variables start in a block. */
size_t layout_variables_offset(void);

/* Writes what belongs at the thread pointer; returns it. */
uintptr_t layout_thread_pointer(void *block, size_t variables_bytes);

/* That of the calling thread. */
uintptr_t layout_own_thread_pointer(void);

/* Stack, flags and thread pointer. */
void layout_set_registers(seL4_UserContext *registers, uintptr_t thread_pointer,
                          uintptr_t stack_top);

/* The first three arguments of a C function. */
void layout_set_entry(seL4_UserContext *registers, uintptr_t entry, const seL4_Word arguments[3]);
