// SPDX-License-Identifier: BSD-2-Clause
/* The thread that receives the workers' faults and mostly lets them begin anew. */
#pragma once

#include <sel4/sel4.h>
#include <stdint.h>

enum { FAULT_TYPES = 8 };

struct settings;

void handler_start(const struct settings *settings, seL4_CPtr endpoint);
/* Between generations the handler is held where it touches nothing; its seed follows the number. */
void handler_hold(void);
void handler_release(uint64_t generation);
/* Faults so far, by type (the label of the message). */
const uint64_t *handler_faults(void);
