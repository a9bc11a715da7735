// SPDX-License-Identifier: BSD-2-Clause
#include "core/fault.h"

#include "core/report.h"
#include "core/sched.h"
#include "object/endpoint.h"
#include "object/sched_context.h"
#include "object/tcb.h"
#include <abi/limits.h>
#include <arch/fault.h>
#include <arch/switch.h>

struct fault fault_capability(word_t address, bool in_receive_phase, struct lookup_failure failure)
{
    return (struct fault){
        .type = FAULT_CAP,
        .cap = {.address = address, .in_receive_phase = in_receive_phase, .failure = failure}};
}

struct fault fault_vm(vaddr_t address, word_t status, bool is_fetch)
{
    return (struct fault){.type = FAULT_VM,
                          .vm = {.address = address, .status = status, .is_fetch = is_fetch}};
}

struct fault fault_unknown_syscall(word_t number)
{
    return (struct fault){.type = FAULT_UNKNOWN_SYSCALL, .unknown_syscall = {.number = number}};
}

struct fault fault_user_exception(word_t number, word_t code)
{
    return (struct fault){.type = FAULT_USER_EXCEPTION,
                          .user_exception = {.number = number, .code = code}};
}

struct fault fault_debug(word_t reason, vaddr_t address, word_t breakpoint)
{
    return (struct fault){
        .type = FAULT_DEBUG_EXCEPTION,
        .debug = {.reason = reason, .address = address, .breakpoint = breakpoint}};
}

unsigned lookup_failure_words(struct lookup_failure failure, word_t words[4])
{
    words[0] = failure.type;
    words[1] = failure.bits_left;
    switch (failure.type) {
    case LOOKUP_MISSING_CAPABILITY: return 2;
    case LOOKUP_DEPTH_MISMATCH: words[2] = failure.bits_found; return 3;
    case LOOKUP_GUARD_MISMATCH:
        words[2] = failure.guard_found;
        words[3] = failure.bits_found;
        return 4;
    default: return 1;
    }
}

/* ---- raising ---- */

static bool is_handler(struct cap cap)
{
    return cap.type == CAP_ENDPOINT && cap_can(cap, RIGHT_WRITE) &&
           (cap_can(cap, RIGHT_GRANT) || cap_can(cap, RIGHT_GRANT_REPLY));
}

static void send_fault(struct tcb *tcb, struct cap handler, bool can_donate)
{
    endpoint_send(cap_object(handler), tcb,
                  (struct send_mode){.badge = handler.data,
                                     .blocking = true,
                                     .can_grant = cap_can(handler, RIGHT_GRANT),
                                     .can_grant_reply = cap_can(handler, RIGHT_GRANT_REPLY),
                                     .can_donate = can_donate});
}

void fault_raise(struct tcb *tcb, struct fault fault)
{
    struct cap handler = tcb->slots[TCB_SLOT_FAULT_HANDLER].cap;

    tcb->fault = fault;
    report_fault(tcb, is_handler(handler));
    if (is_handler(handler)) {
        send_fault(tcb, handler, tcb->sched_context != NULL);
    } else {
        tcb_set_state(tcb, THREAD_INACTIVE);
    }
}

bool fault_has_timeout_handler(const struct tcb *tcb)
{
    return is_handler(tcb->slots[TCB_SLOT_TIMEOUT_HANDLER].cap);
}

void fault_raise_timeout(struct tcb *tcb)
{
    tcb->fault =
        (struct fault){.type = FAULT_TIMEOUT, .timeout = {.badge = tcb->sched_context->badge}};
    send_fault(tcb, tcb->slots[TCB_SLOT_TIMEOUT_HANDLER].cap, false);
}

/* ---- the message ---- */

struct message_writer {
    struct tcb *receiver;
    struct ipc_buffer *buffer;
    unsigned length;
};

static void put(struct message_writer *writer, word_t value)
{
    if (tcb_set_message_word(writer->receiver, writer->buffer, writer->length, value)) {
        writer->length++;
    }
}

static void put_cap_fault(struct message_writer *writer, const struct tcb *sender)
{
    word_t words[4];
    unsigned count = lookup_failure_words(sender->fault.cap.failure, words);

    put(writer, context_restart_ip(&sender->context));
    put(writer, sender->fault.cap.address);
    put(writer, sender->fault.cap.in_receive_phase);
    for (unsigned i = 0; i < count; i++) {
        put(writer, words[i]);
    }
}

static void put_registers(struct message_writer *writer, struct tcb *sender,
                          const struct fault_registers *registers)
{
    arch_sync_context(sender);
    for (unsigned i = 0; i < registers->count; i++) {
        put(writer, context_get(&sender->context, registers->order[i]));
    }
}

static void put_debug_fault(struct message_writer *writer, const struct tcb *sender)
{
    put(writer, context_restart_ip(&sender->context));
    put(writer, sender->fault.debug.reason);
    if (sender->fault.debug.reason <= BREAKPOINT_INSTRUCTION) {
        put(writer, sender->fault.debug.address);
        put(writer, sender->fault.debug.breakpoint);
    }
}

unsigned fault_write_message(struct tcb *sender, struct tcb *receiver, struct ipc_buffer *buffer)
{
    struct message_writer writer = {.receiver = receiver, .buffer = buffer};
    const struct fault *fault = &sender->fault;

    switch (fault->type) {
    case FAULT_CAP: put_cap_fault(&writer, sender); break;
    case FAULT_VM:
        put(&writer, context_restart_ip(&sender->context));
        put(&writer, fault->vm.address);
        put(&writer, fault->vm.is_fetch);
        put(&writer, fault->vm.status);
        break;
    case FAULT_UNKNOWN_SYSCALL:
        put_registers(&writer, sender, &unknown_syscall_registers);
        put(&writer, fault->unknown_syscall.number);
        break;
    case FAULT_USER_EXCEPTION:
        put_registers(&writer, sender, &user_exception_registers);
        put(&writer, fault->user_exception.number);
        put(&writer, fault->user_exception.code);
        break;
    case FAULT_DEBUG_EXCEPTION: put_debug_fault(&writer, sender); break;
    case FAULT_TIMEOUT:
        put(&writer, fault->timeout.badge);
        put(&writer,
            sender->sched_context == NULL ? 0 : sched_context_take_consumed(sender->sched_context));
        break;
    default: unreachable("a fault of no known type");
    }
    return writer.length;
}

/* ---- the answer ---- */

static void take_registers(struct tcb *faulter, const struct tcb *handler, unsigned length,
                           const struct fault_registers *registers)
{
    const struct ipc_buffer *buffer = tcb_ipc_buffer(handler, false);
    unsigned count = MIN(length, registers->reply_count);

    if (buffer == NULL) {
        count = MIN(count, (unsigned)MSG_REGISTERS);
    }
    arch_sync_context(faulter);
    for (unsigned i = 0; i < count; i++) {
        context_set(&faulter->context, registers->order[i], tcb_message_word(handler, buffer, i));
    }
    arch_reload_context(faulter);
}

bool fault_apply_reply(struct tcb *faulter, const struct tcb *handler, word_t info)
{
    const unsigned length = (unsigned)MIN(info & MASK(INFO_LENGTH_BITS), (word_t)MSG_MAX_LENGTH);
    const word_t label = info >> INFO_LABEL_SHIFT;

    context_rewind(&faulter->context);
    switch (faulter->fault.type) {
    case FAULT_UNKNOWN_SYSCALL:
        take_registers(faulter, handler, length, &unknown_syscall_registers);
        return label == 0;
    case FAULT_USER_EXCEPTION:
        take_registers(faulter, handler, length, &user_exception_registers);
        return label == 0;
    case FAULT_TIMEOUT:
        take_registers(faulter, handler, length, &timeout_registers);
        return label == 0;
    case FAULT_DEBUG_EXCEPTION:
        if (faulter->fault.debug.reason == BREAKPOINT_SINGLE_STEP) {
            word_t steps = length == 0 ? 1 : context_message_register(&handler->context, 0);
            hwdebug_set_single_step(faulter, steps);
        }
        return label == 0;
    default: return true;
    }
}
