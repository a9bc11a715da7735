// SPDX-License-Identifier: BSD-2-Clause
#include "core/report.h"

#include <abi/methods.h>

#include "core/core.h"
#include "core/cspace.h"
#include "core/invocation.h"
#include "core/sched.h"
#include "lib/printf.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/vspace.h"
#include <arch/clock.h>
#include <arch/machine.h>
#include <arch/switch.h>

#define STACK_WORDS 16

/* Printing is slow and nobody's doing: the time it takes counts as if it had not passed. */
static void forgive_since(ticks_t started)
{
    sched_forgive(this_core(), clock_now() - started);
}

/* ---- not more than 32 blocks a second ---- */

#define REPORTS_PER_SECOND 32
#define US_PER_SECOND      1000000

struct limiter {
    ticks_t window_start;
    unsigned printed;
    unsigned suppressed;
};

static bool may_print(struct limiter *limiter)
{
    const ticks_t now = clock_now();

    if (now - limiter->window_start >= clock_from_us(US_PER_SECOND)) {
        if (limiter->suppressed > 0) {
            print_always("(%u more reports were suppressed)\n", limiter->suppressed);
        }
        *limiter = (struct limiter){.window_start = now};
    }
    if (limiter->printed == REPORTS_PER_SECOND) {
        limiter->suppressed++;
        return false;
    }
    limiter->printed++;
    return true;
}

/* ---- faults ---- */

static void print_failure(struct lookup_failure failure)
{
    switch (failure.type) {
    case LOOKUP_INVALID_ROOT: print_always("the CSpace root is no CNode"); break;
    case LOOKUP_MISSING_CAPABILITY: print_always("the slot holds nothing suitable"); break;
    case LOOKUP_DEPTH_MISMATCH:
        print_always("%u bits of the address are left, the next CNode takes %u", failure.bits_left,
                     failure.bits_found);
        break;
    case LOOKUP_GUARD_MISMATCH:
        print_always("with %u bits left the guard is 0x%lx (%u bits), the address differs",
                     failure.bits_left, failure.guard_found, failure.bits_found);
        break;
    default: print_always("unknown"); break;
    }
}

static void print_cap_fault(const struct tcb *tcb)
{
    const struct fault *fault = &tcb->fault;
    struct lookup_failure ignored;
    const struct slot *slot = cspace_lookup(tcb, fault->cap.address, &ignored);

    print_always("capability fault: %s capability address 0x%lx (%s): ",
                 fault->cap.in_receive_phase ? "receiving on" : "sending to", fault->cap.address,
                 slot == NULL ? "leads nowhere" : cap_name(slot->cap));
    print_failure(fault->cap.failure);
}

static void print_what(const struct tcb *tcb)
{
    const struct fault *fault = &tcb->fault;

    switch (fault->type) {
    case FAULT_CAP: print_cap_fault(tcb); break;
    case FAULT_UNKNOWN_SYSCALL:
        print_always("unknown system call %ld", (long)fault->unknown_syscall.number);
        break;
    case FAULT_USER_EXCEPTION:
        print_always("exception %lu (%s), error code 0x%lx", fault->user_exception.number,
                     machine_exception_name(fault->user_exception.number),
                     fault->user_exception.code);
        break;
    case FAULT_DEBUG_EXCEPTION:
        print_always("debug exception, reason %lu, address 0x%lx", fault->debug.reason,
                     fault->debug.address);
        break;
    case FAULT_VM:
        print_always("memory fault: %s address 0x%lx: %s (status 0x%lx)",
                     machine_access_name(fault->vm.status, fault->vm.is_fetch), fault->vm.address,
                     machine_refusal_name(fault->vm.status), fault->vm.status);
        break;
    default: print_always("fault %u", fault->type); break;
    }
}

static void print_stack(const struct tcb *tcb)
{
    const vaddr_t sp = context_stack_pointer(&tcb->context);

    print_always("  stack 0x%lx:", sp);
    for (unsigned i = 0; i < STACK_WORDS; i++) {
        word_t word;

        if (!vspace_read_word(tcb->slots[TCB_SLOT_VSPACE].cap, sp + i * sizeof(word), &word)) {
            print_always(" (not mapped)");
            break;
        }
        print_always("%s0x%lx", i % 4 == 0 ? "\n    " : " ", word);
    }
    print_always("\n");
}

void report_fault(struct tcb *tcb, bool is_handled)
{
    static struct limiter limiters[2]; /* many that are handled hide none that is not */
    const enum report_level wanted = is_handled ? REPORT_FAULTS : REPORT_STOPPED;
    const bool is_foreign_call = is_handled && tcb->fault.type == FAULT_UNKNOWN_SYSCALL;

    if (!CONFIG_PRINTING || sys.report < wanted ||
        (is_foreign_call && !report_wants_foreign_call(tcb)) || !may_print(&limiters[is_handled])) {
        return;
    }
    const ticks_t started = clock_now();

    print_always("\nfault: thread \"%s\" %s\n  ", tcb_name(tcb),
                 is_handled ? "waits: its fault handler is asked"
                            : "stopped: it has no fault handler");
    print_what(tcb);
    arch_sync_context(tcb);
    print_always("\n");
    machine_print_context(&tcb->context);
    print_stack(tcb);
    print_always("end of fault\n");
    forgive_since(started);
}

/* ---- refused invocations ---- */

#define RING_ENTRIES 64

struct refused {
    ticks_t time;
    const struct tcb *caller;
    word_t address;
    uint16_t label;
    uint8_t cap_type;
    uint8_t error;
};

static struct {
    struct refused entries[RING_ENTRIES];
    unsigned next;
} ring;

static const char *method_name(enum abi_method method)
{
#define NAME(method, name) [method] = (name),
    static const char *const names[METHOD_COUNT] = {ABI_METHOD_NAMES(NAME)};
#undef NAME

    return method < METHOD_COUNT && names[method] != NULL ? names[method] : "no method";
}

static const char *error_name(enum abi_error error)
{
    static const char *const names[ERR_COUNT] = {
        [ERR_NONE] = "no error",
        [ERR_INVALID_ARGUMENT] = "invalid argument",
        [ERR_INVALID_CAPABILITY] = "invalid capability",
        [ERR_ILLEGAL_OPERATION] = "illegal operation",
        [ERR_RANGE] = "out of range",
        [ERR_ALIGNMENT] = "wrong alignment",
        [ERR_FAILED_LOOKUP] = "failed lookup",
        [ERR_TRUNCATED_MESSAGE] = "message too short",
        [ERR_DELETE_FIRST] = "something is there already",
        [ERR_REVOKE_FIRST] = "revoke what is derived first",
        [ERR_NOT_ENOUGH_MEMORY] = "not enough memory",
    };

    return error < ERR_COUNT ? names[error] : "unknown error";
}

static void print_refused(const struct invocation *inv)
{
    static struct limiter limiter;
    const ticks_t started = clock_now();

    if (!may_print(&limiter)) {
        return;
    }
    print_always("refused: thread \"%s\" at 0x%lx: %s (label %lu) on capability 0x%lx (%s): %s",
                 tcb_name(inv->caller), context_restart_ip(&inv->caller->context),
                 method_name(inv->method), inv->label, inv->address, cap_name(inv->cap),
                 error_name(inv->refusal.error));
    for (unsigned i = 0; i < inv->refusal.length; i++) {
        print_always(" %lu", inv->refusal.words[i]);
    }
    print_always("\n");
    forgive_since(started);
}

void report_refused(const struct invocation *inv)
{
    ring.entries[ring.next % RING_ENTRIES] = (struct refused){.time = this_core()->now,
                                                              .caller = inv->caller,
                                                              .address = inv->address,
                                                              .label = (uint16_t)inv->label,
                                                              .cap_type = inv->cap.type,
                                                              .error = (uint8_t)inv->refusal.error};
    ring.next++;
    if (CONFIG_PRINTING && sys.report >= REPORT_REFUSED) {
        print_refused(inv);
    }
}

/* ---- tables ---- */

static const char *state_name(const struct tcb *tcb)
{
    static const char *const names[] = {
        [THREAD_INACTIVE] = "inactive",
        [THREAD_RUNNING] = "running",
        [THREAD_RESTART] = "restart",
        [THREAD_BLOCKED_ON_RECEIVE] = "blocked on receive",
        [THREAD_BLOCKED_ON_SEND] = "blocked on send",
        [THREAD_BLOCKED_ON_REPLY] = "blocked on reply",
        [THREAD_BLOCKED_ON_NOTIFICATION] = "blocked on notification",
        [THREAD_IDLE] = "idle",
    };

    return names[tcb->state];
}

void report_threads(void)
{
    if (!CONFIG_DEBUG) {
        return;
    }
    const ticks_t started = clock_now();

    print_always("%-24s %-24s %-18s %4s %6s %s\n", "name", "state", "instruction", "prio", "domain",
                 "waits for budget");
    for (const struct tcb *tcb = sys.all_tcbs; tcb != NULL; tcb = tcb->all_next) {
        print_always("%-24s %-24s 0x%-16lx %4u %6u %s\n", tcb_name(tcb), state_name(tcb),
                     context_restart_ip(&tcb->context), tcb->priority, tcb->domain,
                     tcb->in_release_queue ? "yes" : "no");
    }
    forgive_since(started);
}

static void print_cspace(const struct tcb *tcb)
{
    const struct cap root = tcb->slots[TCB_SLOT_CSPACE].cap;

    if (root.type != CAP_CNODE) {
        return;
    }
    print_always("cspace of \"%s\": 2^%lu slots\n", tcb_name(tcb), (unsigned long)root.bits);
    for (word_t i = 0; i < BIT(root.bits); i++) {
        const struct cap cap = ((const struct slot *)cap_object(root))[i].cap;

        if (cap.type != CAP_NULL) {
            print_always("  0x%lx: %s\n", i, cap_name(cap));
        }
    }
}

void report_capabilities(void)
{
    report_threads();
    const ticks_t started = clock_now();

    for (const struct tcb *tcb = sys.all_tcbs; tcb != NULL; tcb = tcb->all_next) {
        print_cspace(tcb);
    }
    forgive_since(started);
}
