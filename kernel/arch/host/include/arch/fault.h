// SPDX-License-Identifier: BSD-2-Clause
/* The registers in fault messages, in message order, as places in struct user_context. */
#pragma once

#include "lib/base.h"

struct fault_registers {
    const uint16_t *order;
    unsigned count;       /* words in the message */
    unsigned reply_count; /* of which an answer may set so many */
};

extern const struct fault_registers unknown_syscall_registers;
extern const struct fault_registers user_exception_registers;
extern const struct fault_registers timeout_registers; /* only set, never sent */
