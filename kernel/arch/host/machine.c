// SPDX-License-Identifier: BSD-2-Clause
#include <arch/machine.h>

#include <abi/syscalls.h>

#include "core/core.h"
#include "lib/printf.h"
#include "object/tcb.h"
#include <arch/switch.h>

void machine_flush_caches(void)
{
}

void machine_set_own_tls_base(struct tcb *tcb, word_t base)
{
    if (context_canonical(base) == base) {
        arch_set_tls_base(tcb, base);
    }
}

/* Model specific registers hold nothing. */
bool machine_debug_call(struct tcb *tcb, word_t number)
{
    if (!sys.abi.msr) {
        return false;
    }
    switch ((int64_t)number) {
    case SYS_X86_DANGEROUS_WRMSR: return true;
    case SYS_X86_DANGEROUS_RDMSR:
        context_set_message_register(&tcb->context, 0, 0);
        context_set_info(&tcb->context, 1);
        return true;
    default: return false;
    }
}

void machine_print_context(const struct user_context *context)
{
    print_always("  rip  0x%016lx  rsp 0x%lx  rflags 0x%lx\n", context_restart_ip(context),
                 context->rsp, context->rflags);
}

const char *machine_exception_name(word_t number)
{
    (void)number;
    return "simulated";
}

const char *machine_access_name(word_t status, bool is_fetch)
{
    (void)status;
    return is_fetch ? "executing at" : "using";
}

const char *machine_refusal_name(word_t status)
{
    (void)status;
    return "simulated";
}

void machine_print_kernel_stack(void)
{
    print_always("  (the kernel stack is this process's)\n");
}
