// SPDX-License-Identifier: BSD-2-Clause
/* What simulated user code does, and the entries into the kernel it takes. */
#include "arch/host/host.h"

#include <setjmp.h>

#include "arch/host/host_priv.h"
#include "core/fastpath.h"
#include "core/syscall.h"
#include "object/tcb.h"
#include <abi/syscalls.h>
#include <arch/clock.h>
#include <arch/switch.h>

static jmp_buf user_mode;

unsigned host_fast_exits;

void arch_leave_fast(struct core *core)
{
    (void)core;
    host_fast_exits++;
    longjmp(user_mode, 1);
}

void arch_leave(struct core *core)
{
    (void)core; /* waiting for an interrupt is the harness's business */
    longjmp(user_mode, 1);
}

/* What the system call entry does: the fast paths return only if they have done nothing. */
static void take_fast_path(struct core *core, word_t number)
{
    if (core->current->trap_all || (int64_t)number >= 0) {
        fast_unknown_syscall(core, number);
        return;
    }
    switch ((int64_t)number) {
    case SYS_CALL: fast_call(core); break;
    case SYS_REPLY_RECV: fast_reply_recv(core); break;
    case SYS_SEND: fast_send(core); break;
    case SYS_YIELD: fast_yield(core); break;
    default: break;
    }
}

void host_syscall(word_t number)
{
    struct user_context *context = &host_core->current->context;

    context->rdx = number;
    context->rip = HOST_USER_IP + CONTEXT_SYSCALL_BYTES;
    context->entry = ENTRY_SYSCALL;
    if (!host_core->arch.no_fast_interrupt) {
        if (setjmp(user_mode) != 0) {
            return;
        }
        take_fast_path(host_core, number);
    }
    kernel_syscall(number);
}

void host_take_interrupt(unsigned irq)
{
    host_core->current->context.entry = ENTRY_TRAP;
    if (!host_core->arch.no_fast_interrupt && host_core->current != host_core->idle) {
        if (setjmp(user_mode) != 0) {
            return;
        }
        fast_interrupt(host_core, irq);
    }
    kernel_interrupt(irq);
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
