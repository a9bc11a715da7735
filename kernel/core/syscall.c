// SPDX-License-Identifier: BSD-2-Clause
#include "core/syscall.h"

#include <abi/syscalls.h>

#include "core/cspace.h"
#include "core/invocation.h"
#include "core/ipc.h"
#include "core/report.h"
#include "core/sched.h"
#include "core/usage.h"
#include "object/endpoint.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/reply.h"

/* ---- sending and invoking ---- */

/* Returns the message info that goes with the words. */
static NOINLINE word_t write_refusal(const struct invocation *inv)
{
    struct ipc_buffer *buffer = tcb_ipc_buffer(inv->caller, true);
    unsigned length = 0;

    for (unsigned i = 0; i < inv->refusal.length; i++) {
        length += tcb_set_message_word(inv->caller, buffer, i, inv->refusal.words[i]);
    }
    return (word_t)inv->refusal.error << INFO_LABEL_SHIFT | length;
}

ALWAYS_INLINE void answer(const struct invocation *inv, enum status status)
{
    struct tcb *caller = inv->caller;

    if (!(inv->flags & SEND_CALL) || caller->state != THREAD_RUNNING) {
        return;
    }
    context_set_info(&caller->context,
                     unlikely(status == STATUS_REFUSED) ? write_refusal(inv) : inv->result_length);
    context_set_badge(&caller->context, 0);
}

/* A long operation gave way: the caller repeats its call. A pending interrupt arrives as soon as
 * the kernel is left. */
static void give_way(struct core *core, struct tcb *caller)
{
    if (tcb_is_runnable(caller)) {
        tcb_set_state(caller, THREAD_RESTART);
        core->deadline_changed = true; /* the exit must look at its state */
    }
    sched_enter(core);
    sched_check_budget(core);
}

static void raise_unless_nonblocking(struct core *core, unsigned flags, word_t address,
                                     struct lookup_failure failure)
{
    if (flags & SEND_BLOCKING) {
        fault_raise(core->current, fault_capability(address, false, failure));
    }
}

/* Sends to the capability in `slot`. False: it gave way and the call is over for now. */
ALWAYS_INLINE bool send_to(struct core *core, struct slot *slot, word_t address, unsigned flags)
{
    struct tcb *caller = core->current;
    const word_t info = context_info(&caller->context);
    const word_t label = info >> INFO_LABEL_SHIFT;
    struct lookup_failure failure;
    struct invocation inv;

    inv.address = address;
    inv.buffer = tcb_ipc_buffer(caller, false);
    if (!ipc_find_extra_caps(caller, inv.buffer, info, inv.extra, &inv.extra_count, &address,
                             &failure)) {
        raise_unless_nonblocking(core, flags, address, failure);
        return true;
    }
    /* Addresses may be long ways, and the half that receives has as many again. */
    if ((flags & SEND_COMBINED) && inv.extra_count != 0 && preemption_point(PREEMPTION_WORK)) {
        give_way(core, caller);
        return false;
    }
    inv.caller = caller;
    inv.slot = slot;
    inv.cap = slot->cap;
    inv.label = label;
    inv.method = label < ARRAY_SIZE(sys.method_of_label) ? sys.method_of_label[label] : METHOD_NONE;
    inv.length =
        inv.buffer == NULL ? MIN(info_length(info), (unsigned)MSG_REGISTERS) : info_length(info);
    inv.flags = flags;
    inv.result_length = 0;

    enum status status = invoke(&inv);

    if (unlikely(status == STATUS_PREEMPTED)) {
        give_way(core, caller);
        return false;
    }
    if (unlikely(status == STATUS_REFUSED)) {
        report_refused(&inv);
    }
    answer(&inv, status);
    return true;
}

/* The send half of a system call. */
static bool send(struct core *core, word_t address, unsigned flags)
{
    struct lookup_failure failure;
    struct slot *slot = cspace_lookup(core->current, address, &failure);

    if (slot == NULL) {
        raise_unless_nonblocking(core, flags, address, failure);
        return true;
    }
    return send_to(core, slot, address, flags);
}

void kernel_call_object(struct core *core, struct slot *slot)
{
    if (sched_enter_with_budget(core)) {
        send_to(core, slot, context_capability(&core->current->context),
                SEND_BLOCKING | SEND_CALL | SEND_DONATE);
    }
    sched_exit(core);
}

/* ---- receiving ---- */

static void raise_in_receive(struct tcb *tcb, word_t address, struct lookup_failure failure)
{
    fault_raise(tcb, fault_capability(address, true, failure));
}

static const struct lookup_failure nothing_suitable = {.type = LOOKUP_MISSING_CAPABILITY};

static void receive_on_endpoint(struct tcb *tcb, struct endpoint *endpoint, bool blocking,
                                bool with_reply)
{
    struct reply *reply = NULL;

    if (with_reply) {
        const word_t address = context_reply(&tcb->context);
        struct lookup_failure failure;
        const struct slot *slot = cspace_lookup(tcb, address, &failure);

        if (slot == NULL || slot->cap.type != CAP_REPLY) {
            raise_in_receive(tcb, address, slot == NULL ? failure : nothing_suitable);
            return;
        }
        reply = cap_object(slot->cap);
    }
    endpoint_receive(endpoint, tcb, blocking, reply);
}

static void receive(struct core *core, bool blocking, bool with_reply)
{
    struct tcb *tcb = core->current;
    const word_t address = context_capability(&tcb->context);
    struct lookup_failure failure = nothing_suitable;
    const struct slot *slot = cspace_lookup(tcb, address, &failure);

    if (slot != NULL && slot->cap.type == CAP_ENDPOINT && cap_can(slot->cap, RIGHT_READ)) {
        receive_on_endpoint(tcb, cap_object(slot->cap), blocking, with_reply);
        return;
    }
    if (slot != NULL && slot->cap.type == CAP_NOTIFICATION && cap_can(slot->cap, RIGHT_READ)) {
        struct notification *notification = cap_object(slot->cap);

        if (notification->bound_tcb == NULL || notification->bound_tcb == tcb) {
            notification_receive(notification, tcb, blocking);
            return;
        }
    }
    raise_in_receive(tcb, address, slot == NULL ? failure : nothing_suitable);
}

static void send_then_receive(struct core *core, word_t destination, bool with_reply)
{
    if (send(core, destination, SEND_DONATE | SEND_COMBINED) && tcb_is_runnable(core->current)) {
        receive(core, true, with_reply);
    }
}

/* ---- dispatch ---- */

static void api_call(struct core *core, word_t number)
{
    const struct user_context *context = &core->current->context;

    switch ((int64_t)number) {
    case SYS_CALL:
        send(core, context_capability(context), SEND_BLOCKING | SEND_CALL | SEND_DONATE);
        break;
    case SYS_REPLY_RECV: send_then_receive(core, context_reply(context), true); break;
    case SYS_NB_SEND_RECV: send_then_receive(core, context_destination(context), true); break;
    case SYS_NB_SEND_WAIT: send_then_receive(core, context_reply(context), false); break;
    case SYS_SEND: send(core, context_capability(context), SEND_BLOCKING); break;
    case SYS_NB_SEND: send(core, context_capability(context), 0); break;
    case SYS_RECV: receive(core, true, true); break;
    case SYS_NB_RECV: receive(core, false, true); break;
    case SYS_WAIT: receive(core, true, false); break;
    case SYS_NB_WAIT: receive(core, false, false); break;
    case SYS_YIELD: sched_yield(core); break;
    default: unreachable("not an API call");
    }
}

static bool is_api_call(word_t number)
{
    return (int64_t)number <= SYS_CALL && (int64_t)number >= SYS_YIELD;
}

static void raise_within_budget(struct core *core, struct fault fault)
{
    if (sched_enter_with_budget(core)) {
        fault_raise(core->current, fault);
    }
}

void kernel_syscall(word_t number)
{
    struct core *core = this_core();

    usage_enter(core);
    if (core->current->trap_all) {
        raise_within_budget(core, fault_unknown_syscall(number));
    } else if (is_api_call(number)) {
        if (sched_enter_with_budget(core)) {
            api_call(core, number);
        }
    } else if (!debug_syscall(number)) {
        raise_within_budget(core, fault_unknown_syscall(number));
    }
    sched_exit(core);
    usage_exit(core);
}

void kernel_fault(struct fault fault)
{
    struct core *core = this_core();

    usage_enter(core);
    raise_within_budget(core, fault);
    sched_exit(core);
    usage_exit(core);
}

void kernel_fault_at_once(struct fault fault)
{
    struct core *core = this_core();

    usage_enter(core);
    sched_enter(core);
    fault_raise(core->current, fault);
    sched_exit(core);
    usage_exit(core);
}

void kernel_interrupt(unsigned irq)
{
    struct core *core = this_core();

    usage_enter(core);
    sched_enter(core);
    sched_check_budget(core);
    irq_handle(irq);
    sched_exit(core);
    usage_exit(core);
}
