// SPDX-License-Identifier: BSD-2-Clause
#include <arch/fault.h>

#include <abi/faults.h>
#include <arch/context.h>

#define PLACE(index, name) [index] = offsetof(struct user_context, name),

static const uint16_t unknown_syscall[] = {ABI_UNKNOWN_SYSCALL_MRS(PLACE)};
static const uint16_t user_exception[] = {ABI_USER_EXCEPTION_MRS(PLACE)};
static const uint16_t timeout[] = {ABI_TIMEOUT_REPLY_MRS(PLACE)};

#define ALL_OF(list) list, ARRAY_SIZE(list), ARRAY_SIZE(list)

const struct fault_registers unknown_syscall_registers = {ALL_OF(unknown_syscall)};
const struct fault_registers user_exception_registers = {ALL_OF(user_exception)};
const struct fault_registers timeout_registers = {ALL_OF(timeout)};
