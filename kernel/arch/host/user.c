// SPDX-License-Identifier: BSD-2-Clause
/* What simulated user code does, and the entries into the kernel it takes. */
#include "arch/host/host.h"

#include "arch/host/host_priv.h"
#include "core/fastpath.h"
#include "core/syscall.h"
#include "object/tcb.h"
#include <arch/clock.h>
#include <arch/irq.h>

void host_syscall(word_t number)
{
    struct user_context *context = &host_core->current->context;

    context->rdx = number;
    context->rip = HOST_USER_IP + CONTEXT_SYSCALL_BYTES;
    context->entry = ENTRY_SYSCALL;
    if (!fastpath(number)) {
        kernel_syscall(number);
    }
}

void host_fault(struct fault fault)
{
    host_core->current->context.entry = ENTRY_TRAP;
    kernel_fault(fault);
}

void host_advance(ticks_t ticks)
{
    host_now += ticks;
}

bool host_use_fpu(uint64_t token, uint64_t *found)
{
    if (!host_core->arch.fpu_is_on && !fpu_trap(host_core)) {
        host_fault(fault_user_exception(7, 0));
        return false;
    }
    *found = host_core->arch.fpu_token;
    host_core->arch.fpu_token = token;
    return true;
}
