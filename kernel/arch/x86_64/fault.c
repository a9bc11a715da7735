// SPDX-License-Identifier: BSD-2-Clause
#include <arch/fault.h>

#include <abi/faults.h>
#include <arch/context.h>

#define PLACE(index, name) [index] = offsetof(struct user_context, name),

static const uint16_t unknown_syscall[] = {ABI_UNKNOWN_SYSCALL_MRS(PLACE)};
static const uint16_t user_exception[] = {ABI_USER_EXCEPTION_MRS(PLACE)};
static const uint16_t timeout[] = {ABI_TIMEOUT_REPLY_MRS(PLACE)};

const struct fault_registers unknown_syscall_registers = {
    unknown_syscall, ARRAY_SIZE(unknown_syscall), ARRAY_SIZE(unknown_syscall)};
const struct fault_registers user_exception_registers = {user_exception, ARRAY_SIZE(user_exception),
                                                         ARRAY_SIZE(user_exception)};
const struct fault_registers timeout_registers = {timeout, ARRAY_SIZE(timeout),
                                                  ARRAY_SIZE(timeout)};
