// SPDX-License-Identifier: BSD-2-Clause
/* System calls beside the interface proper: debugging and benchmarks. */
#include <abi/syscalls.h>

#include "core/core.h"
#include "core/cspace.h"
#include "core/report.h"
#include "core/syscall.h"
#include "core/usage.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "object/sched_context.h"
#include <arch/machine.h>
#include <arch/switch.h>

/* The capability a debug call names; null if there is none. */
static struct cap argument_cap(const struct tcb *tcb)
{
    struct lookup_failure ignored;
    const struct slot *slot = cspace_lookup(tcb, context_capability(&tcb->context), &ignored);

    return slot == NULL ? cap_null() : slot->cap;
}

/* A debug call that was given nonsense: the interface says that the kernel stops. */
static NORETURN void stop(const struct tcb *tcb, const char *call, const char *why)
{
    print_always("kernel: halted by %s from thread \"%s\": %s\n", call, tcb_name(tcb), why);
    machine_halt();
}

static struct tcb *argument_tcb(const struct tcb *tcb, const char *call)
{
    struct cap cap = argument_cap(tcb);

    if (cap.type != CAP_TCB) {
        stop(tcb, call, "the argument is not a TCB capability");
    }
    return cap_object(cap);
}

static void name_thread(const struct tcb *caller)
{
    static const char call[] = "DebugNameThread";
    struct tcb *tcb = argument_tcb(caller, call);
    const struct ipc_buffer *buffer = tcb_ipc_buffer(caller, false);

    if (buffer == NULL) {
        stop(caller, call, "the caller has no IPC buffer to take the name from");
    }
    const char *name = (const char *)buffer->msg;
    size_t length = strnlen(name, sizeof(buffer->msg));

    if (length == sizeof(buffer->msg)) {
        stop(caller, call, "the name in the IPC buffer does not end");
    }
    length = MIN(length, sizeof(tcb->name) - 1);
    memcpy(tcb->name, name, length);
    tcb->name[length] = '\0';
}

static bool print_call(struct tcb *tcb, word_t number)
{
    switch ((int64_t)number) {
    case SYS_DEBUG_PUT_CHAR: console_put_char((char)context_capability(&tcb->context)); break;
    case SYS_DEBUG_DUMP_SCHEDULER: report_threads(); break;
    default: return false;
    }
    return true;
}

static bool debug_call(struct tcb *tcb, word_t number)
{
    switch ((int64_t)number) {
    case SYS_DEBUG_HALT: stop(tcb, "DebugHalt", "as asked for");
    case SYS_DEBUG_CAP_IDENTIFY:
        context_set_badge(&tcb->context, cap_tag(argument_cap(tcb)));
        break;
    case SYS_DEBUG_SNAPSHOT: report_capabilities(); break;
    case SYS_DEBUG_NAME_THREAD: name_thread(tcb); break;
    default: return false;
    }
    return true;
}

static word_t tcb_core(const struct tcb *tcb)
{
    return tcb->sched_context != NULL ? tcb->sched_context->core : tcb->core;
}

static bool smp_debug_call(struct tcb *tcb, word_t number)
{
    switch ((int64_t)number) {
    case SYS_DEBUG_SEND_IPI:
        stop(tcb, "DebugSendIPI", "this architecture has no interrupts between cores for users");
    case SYS_DEBUG_GET_THREAD_AFFINITY:
        context_set_badge(&tcb->context, tcb_core(argument_tcb(tcb, "DebugGetThreadAffinity")));
        break;
    default: return false;
    }
    return true;
}

static void read_utilisation(struct core *core, const struct tcb *caller)
{
    struct ipc_buffer *buffer = tcb_ipc_buffer(caller, true);
    struct cap cap = argument_cap(caller);

    if (buffer != NULL && cap.type == CAP_TCB) {
        usage_read(core, cap_object(cap), buffer->msg);
    }
}

static bool benchmark_call(struct core *core, word_t number)
{
    struct tcb *tcb = core->current;

    switch ((int64_t)number) {
    case SYS_BENCHMARK_FLUSH_CACHES: machine_flush_caches(); break;
    case SYS_BENCHMARK_RESET_LOG:
        usage_start(core);
        context_set_badge(&tcb->context, ERR_NONE);
        break;
    case SYS_BENCHMARK_FINALIZE_LOG:
        usage_stop(core);
        context_set_badge(&tcb->context, 0);
        break;
    case SYS_BENCHMARK_SET_LOG_BUFFER:
        context_set_badge(&tcb->context, ERR_ILLEGAL_OPERATION);
        break;
    case SYS_BENCHMARK_NULL_SYSCALL: break;
    case SYS_BENCHMARK_GET_THREAD_UTILISATION: read_utilisation(core, tcb); break;
    case SYS_BENCHMARK_RESET_THREAD_UTILISATION:
        if (argument_cap(tcb).type == CAP_TCB) {
            usage_reset(core, cap_object(argument_cap(tcb)));
        }
        break;
    default: return false;
    }
    return true;
}

bool debug_syscall(word_t number)
{
    struct core *core = this_core();
    struct tcb *tcb = core->current;

    if (sys.abi.tls && (int64_t)number == SYS_SET_TLS_BASE) {
        machine_set_own_tls_base(tcb, context_capability(&tcb->context));
        return true;
    }
    return (CONFIG_PRINTING && print_call(tcb, number)) ||
           (CONFIG_DEBUG && debug_call(tcb, number)) ||
           (CONFIG_DEBUG && sys.abi.nodes > 1 && smp_debug_call(tcb, number)) ||
           (CONFIG_BENCHMARK && benchmark_call(core, number)) || machine_debug_call(tcb, number);
}
