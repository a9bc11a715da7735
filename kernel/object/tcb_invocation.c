// SPDX-License-Identifier: BSD-2-Clause
/* The methods of a TCB capability. */
#include "core/deletion.h"
#include "core/derivation.h"
#include "core/invocation.h"
#include "core/sched.h"
#include "object/derive.h"
#include "object/notification.h"
#include "object/vspace.h"
#include <arch/hwdebug.h>
#include <arch/switch.h>

#define IPC_BUFFER_ALIGN_BITS 10

/* ---- registers ---- */

static enum status decode_read_registers(struct invocation *inv, struct tcb *tcb)
{
    const word_t flags = inv_argument(inv, 0);
    const word_t count = inv_argument(inv, 1);

    if (inv_lacks(inv, 2, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (count < 1 || count > USER_CONTEXT_COUNT) {
        return refuse_range(inv, 1, USER_CONTEXT_COUNT);
    }
    if (tcb == inv->caller) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (flags & 1) {
        tcb_suspend(tcb);
    }
    arch_sync_context(tcb);
    for (unsigned i = 0; i < count; i++) {
        inv_return(inv, i, context_register(&tcb->context, i));
    }
    return STATUS_OK;
}

static enum status decode_write_registers(struct invocation *inv, struct tcb *tcb)
{
    const word_t flags = inv_argument(inv, 0);
    const word_t count = inv_argument(inv, 1);

    if (inv_lacks(inv, 2, 0) || inv->length - 2 < count) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (tcb == inv->caller) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    context_rewind(&tcb->context);
    for (unsigned i = 0; i < MIN(count, (word_t)USER_CONTEXT_COUNT); i++) {
        context_set_register(&tcb->context, i, inv_argument(inv, 2 + i));
    }
    if (flags & 1) {
        tcb_resume(tcb);
    }
    return STATUS_OK;
}

enum copy_flags {
    COPY_SUSPEND_SOURCE = 1,
    COPY_RESUME_TARGET = 2,
    COPY_FRAME = 4,
    COPY_INTEGER = 8
};

static void copy_registers(struct tcb *to, const struct tcb *from, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++) {
        context_set_register(&to->context, i, context_register(&from->context, i));
    }
}

static enum status decode_copy_registers(struct invocation *inv, struct tcb *target)
{
    const word_t flags = inv_argument(inv, 0);

    if (inv_lacks(inv, 1, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (inv_extra(inv, 0).type != CAP_TCB) {
        return refuse_capability(inv, 1);
    }
    struct tcb *source = cap_object(inv_extra(inv, 0));

    if (flags & COPY_SUSPEND_SOURCE) {
        tcb_suspend(source);
    }
    if (flags & COPY_RESUME_TARGET) {
        tcb_resume(target);
    }
    arch_sync_context(source);
    arch_sync_context(target);
    if (flags & COPY_FRAME) {
        context_rewind(&target->context);
        copy_registers(target, source, 0, CONTEXT_FRAME_REGISTERS);
    }
    if (flags & COPY_INTEGER) {
        copy_registers(target, source, CONTEXT_FRAME_REGISTERS, USER_CONTEXT_COUNT);
    }
    arch_reload_context(target);
    if (target == inv->caller && tcb_is_runnable(target)) {
        tcb_set_state(target, THREAD_RUNNING); /* stopped and resumed itself: gets its answer */
    }
    return STATUS_OK;
}

/* ---- replacing the capabilities a TCB holds ---- */

/* One of the TCB's slots and what is to go into it. */
struct new_cap {
    struct cap cap;      /* null: only empty the slot */
    struct slot *source; /* where it comes from */
};

/* The same capability still stands where it was found: deleting something else may have taken it
 * away or put another one there. */
static bool is_unchanged(const struct slot *slot, struct cap before)
{
    return slot->cap.type == before.type && cap_same_object(slot->cap, before);
}

static enum status replace_cap(struct invocation *inv, struct tcb *tcb, enum tcb_slot which,
                               const struct new_cap *new_cap)
{
    const struct cap source_before = new_cap->source == NULL ? cap_null() : new_cap->source->cap;

    if (slot_delete(&tcb->slots[which]) == PROGRESS_PREEMPTED) {
        return STATUS_PREEMPTED;
    }
    if (new_cap->cap.type != CAP_NULL && is_unchanged(new_cap->source, source_before) &&
        is_unchanged(inv->slot, inv->cap)) {
        slot_insert(&tcb->slots[which], new_cap->source, new_cap->cap);
    }
    return STATUS_OK;
}

/* An endpoint to send faults to, or null for none. */
static bool is_fault_handler(struct cap cap)
{
    return cap.type == CAP_NULL || (cap.type == CAP_ENDPOINT && cap_can(cap, RIGHT_WRITE) &&
                                    (cap_can(cap, RIGHT_GRANT) || cap_can(cap, RIGHT_GRANT_REPLY)));
}

static struct new_cap fault_handler(const struct invocation *inv, unsigned extra)
{
    return (struct new_cap){.cap = inv->extra[extra]->cap, .source = inv->extra[extra]};
}

/* The frame capability for an IPC buffer at `buffer`; nothing if that is 0. */
static enum status check_buffer(struct invocation *inv, vaddr_t buffer, unsigned extra,
                                struct new_cap *frame)
{
    *frame = (struct new_cap){.cap = cap_null()};
    if (buffer == 0) {
        return STATUS_OK;
    }
    frame->source = inv->extra[extra];
    enum status status = inv_derive(inv, frame->source, frame->source->cap, &frame->cap);

    if (status != STATUS_OK) {
        return status;
    }
    if (frame->cap.type != CAP_FRAME || frame->cap.flag) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    if (!IS_ALIGNED(buffer, IPC_BUFFER_ALIGN_BITS)) {
        return refuse(inv, ERR_ALIGNMENT);
    }
    return STATUS_OK;
}

static enum status set_buffer(struct invocation *inv, struct tcb *tcb, vaddr_t buffer,
                              const struct new_cap *frame)
{
    enum status status = replace_cap(inv, tcb, TCB_SLOT_BUFFER, frame);

    if (status == STATUS_OK) {
        tcb->ipc_buffer = buffer;
    }
    return status;
}

/* A CSpace or VSpace root from extra capability `extra`, with `data` applied unless that is 0. */
static enum status check_root(struct invocation *inv, unsigned extra, word_t data,
                              bool (*is_suitable)(struct cap), struct new_cap *root)
{
    struct cap cap = inv->extra[extra]->cap;

    root->source = inv->extra[extra];
    if (data != 0) {
        cap = cap_update_data(cap, false, data);
    }
    enum status status = inv_derive(inv, root->source, cap, &root->cap);

    if (status != STATUS_OK) {
        return status;
    }
    return is_suitable(root->cap) ? STATUS_OK : refuse(inv, ERR_ILLEGAL_OPERATION);
}

static bool is_cspace_root(struct cap cap)
{
    return cap.type == CAP_CNODE;
}

static enum status check_spaces(struct invocation *inv, struct tcb *tcb, unsigned first_extra,
                                struct new_cap *cspace, struct new_cap *vspace)
{
    enum status status;

    if (tcb->slots[TCB_SLOT_CSPACE].cap.type == CAP_ZOMBIE ||
        tcb->slots[TCB_SLOT_VSPACE].cap.type == CAP_ZOMBIE) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    status = check_root(inv, first_extra, inv_argument(inv, 0), is_cspace_root, cspace);
    if (status != STATUS_OK) {
        return status;
    }
    return check_root(inv, first_extra + 1, inv_argument(inv, 1), vspace_is_usable_root, vspace);
}

static enum status set_spaces(struct invocation *inv, struct tcb *tcb, const struct new_cap *cspace,
                              const struct new_cap *vspace)
{
    enum status status = replace_cap(inv, tcb, TCB_SLOT_CSPACE, cspace);

    if (status == STATUS_OK) {
        status = replace_cap(inv, tcb, TCB_SLOT_VSPACE, vspace);
        arch_vspace_changed(tcb);
    }
    return status;
}

static enum status decode_configure(struct invocation *inv, struct tcb *tcb)
{
    const vaddr_t buffer = inv_argument(inv, 2);
    struct new_cap cspace, vspace, frame;
    enum status status;

    if (inv_lacks(inv, 3, 3)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if ((status = check_buffer(inv, buffer, 2, &frame)) != STATUS_OK ||
        (status = check_spaces(inv, tcb, 0, &cspace, &vspace)) != STATUS_OK ||
        (status = set_spaces(inv, tcb, &cspace, &vspace)) != STATUS_OK) {
        return status;
    }
    return set_buffer(inv, tcb, buffer, &frame);
}

static enum status decode_set_space(struct invocation *inv, struct tcb *tcb)
{
    struct new_cap cspace, vspace, handler;
    enum status status;

    if (inv_lacks(inv, 2, 3)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    status = check_spaces(inv, tcb, 1, &cspace, &vspace);
    if (status != STATUS_OK) {
        return status;
    }
    if (!is_fault_handler(inv_extra(inv, 0))) {
        return refuse_capability(inv, 1);
    }
    handler = fault_handler(inv, 0);
    status = replace_cap(inv, tcb, TCB_SLOT_FAULT_HANDLER, &handler);
    return status == STATUS_OK ? set_spaces(inv, tcb, &cspace, &vspace) : status;
}

static enum status decode_set_ipc_buffer(struct invocation *inv, struct tcb *tcb)
{
    const vaddr_t buffer = inv_argument(inv, 0);
    struct new_cap frame;
    enum status status;

    if (inv_lacks(inv, 1, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    status = check_buffer(inv, buffer, 0, &frame);
    return status == STATUS_OK ? set_buffer(inv, tcb, buffer, &frame) : status;
}

static enum status decode_set_timeout_endpoint(struct invocation *inv, struct tcb *tcb)
{
    if (inv_lacks(inv, 0, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if (!is_fault_handler(inv_extra(inv, 0))) {
        return refuse_capability(inv, 1);
    }
    const struct new_cap handler = fault_handler(inv, 0);

    return replace_cap(inv, tcb, TCB_SLOT_TIMEOUT_HANDLER, &handler);
}

/* ---- scheduling ---- */

/* Extra capability 0 must be a TCB whose limit covers `priority`. */
static enum status check_authority(struct invocation *inv, word_t priority)
{
    const struct cap cap = inv_extra(inv, 0);

    if (cap.type != CAP_TCB) {
        return refuse_capability(inv, 1);
    }
    const struct tcb *authority = cap_object(cap);

    if (priority > authority->max_controlled_priority) {
        return refuse_range(inv, 0, authority->max_controlled_priority);
    }
    return STATUS_OK;
}

static enum status decode_set_priority(struct invocation *inv, struct tcb *tcb)
{
    const word_t priority = inv_argument(inv, 0);
    enum status status;

    if (inv_lacks(inv, 1, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    status = check_authority(inv, priority);
    if (status != STATUS_OK) {
        return status;
    }
    if (inv->method == METHOD_TCB_SET_PRIORITY) {
        tcb_set_priority(tcb, (unsigned)priority);
    } else {
        tcb->max_controlled_priority = (uint8_t)priority;
    }
    return STATUS_OK;
}

static enum status check_new_context(struct invocation *inv, struct tcb *tcb, struct cap cap)
{
    struct sched_context *sc = cap_object(cap);

    if (cap.type == CAP_NULL) {
        return tcb == inv->caller ? refuse(inv, ERR_ILLEGAL_OPERATION) : STATUS_OK;
    }
    if (cap.type != CAP_SCHED_CONTEXT) {
        return refuse_capability(inv, 2);
    }
    if ((sc != tcb->sched_context && (tcb->sched_context != NULL || sc->tcb != NULL)) ||
        (tcb_is_blocked(tcb) && !sched_context_is_released(sc))) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    return STATUS_OK;
}

static void set_context(struct tcb *tcb, struct cap cap)
{
    struct sched_context *sc = cap_object(cap);

    if (cap.type == CAP_NULL) {
        if (tcb->sched_context != NULL) {
            sched_context_unbind_tcb(tcb->sched_context);
        }
    } else if (sc != tcb->sched_context) {
        sched_context_bind_tcb(sc, tcb);
    }
}

static enum status decode_set_sched_params(struct invocation *inv, struct tcb *tcb)
{
    const word_t mcp = inv_argument(inv, 0);
    const word_t priority = inv_argument(inv, 1);
    enum status status;

    if (inv_lacks(inv, 2, 3)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    if ((status = check_authority(inv, mcp)) != STATUS_OK ||
        (status = check_authority(inv, priority)) != STATUS_OK ||
        (status = check_new_context(inv, tcb, inv_extra(inv, 1))) != STATUS_OK) {
        return status;
    }
    if (!is_fault_handler(inv_extra(inv, 2))) {
        return refuse_capability(inv, 3);
    }
    const struct cap context = inv_extra(inv, 1);
    const struct new_cap handler = fault_handler(inv, 2);

    status = replace_cap(inv, tcb, TCB_SLOT_FAULT_HANDLER, &handler);
    if (status == STATUS_OK) {
        tcb->max_controlled_priority = (uint8_t)mcp;
        tcb_set_priority(tcb, (unsigned)priority);
        set_context(tcb, context);
    }
    return status;
}

/* ---- small ones ---- */

static enum status decode_bind_notification(struct invocation *inv, struct tcb *tcb)
{
    if (inv_lacks(inv, 0, 1)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    const struct cap cap = inv_extra(inv, 0);
    struct notification *notification = cap_object(cap);

    if (tcb->bound_notification != NULL || cap.type != CAP_NOTIFICATION ||
        !cap_can(cap, RIGHT_READ) || notification->queue != NULL ||
        notification->bound_tcb != NULL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    tcb_bind_notification(tcb, notification);
    return STATUS_OK;
}

static enum status decode_unbind_notification(struct invocation *inv, struct tcb *tcb)
{
    if (tcb->bound_notification == NULL) {
        return refuse(inv, ERR_ILLEGAL_OPERATION);
    }
    tcb_unbind_notification(tcb);
    return STATUS_OK;
}

static enum status decode_set_tls_base(struct invocation *inv, struct tcb *tcb)
{
    if (inv_lacks(inv, 1, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    arch_set_tls_base(tcb, inv_argument(inv, 0));
    return STATUS_OK;
}

static enum status decode_set_flags(struct invocation *inv, struct tcb *tcb)
{
    const word_t settable = TCB_FLAG_MASK | (sys.sofa_ext ? TCB_FLAG_TRAP_ALL : 0);

    if (inv_lacks(inv, 2, 0)) {
        return refuse(inv, ERR_TRUNCATED_MESSAGE);
    }
    tcb_set_flags(tcb, (tcb->flags & ~inv_argument(inv, 0)) | (inv_argument(inv, 1) & settable));
    inv_return(inv, 0, tcb->flags);
    return STATUS_OK;
}

enum status decode_tcb(struct invocation *inv)
{
    struct tcb *tcb = cap_object(inv->cap);

    switch (inv->method) {
    case METHOD_TCB_READ_REGISTERS: return decode_read_registers(inv, tcb);
    case METHOD_TCB_WRITE_REGISTERS: return decode_write_registers(inv, tcb);
    case METHOD_TCB_COPY_REGISTERS: return decode_copy_registers(inv, tcb);
    case METHOD_TCB_CONFIGURE: return decode_configure(inv, tcb);
    case METHOD_TCB_SET_PRIORITY:
    case METHOD_TCB_SET_MC_PRIORITY: return decode_set_priority(inv, tcb);
    case METHOD_TCB_SET_SCHED_PARAMS: return decode_set_sched_params(inv, tcb);
    case METHOD_TCB_SET_TIMEOUT_ENDPOINT: return decode_set_timeout_endpoint(inv, tcb);
    case METHOD_TCB_SET_IPC_BUFFER: return decode_set_ipc_buffer(inv, tcb);
    case METHOD_TCB_SET_SPACE: return decode_set_space(inv, tcb);
    case METHOD_TCB_SUSPEND: tcb_suspend(tcb); return STATUS_OK;
    case METHOD_TCB_RESUME: tcb_resume(tcb); return STATUS_OK;
    case METHOD_TCB_BIND_NOTIFICATION: return decode_bind_notification(inv, tcb);
    case METHOD_TCB_UNBIND_NOTIFICATION: return decode_unbind_notification(inv, tcb);
    case METHOD_TCB_SET_TLS_BASE: return decode_set_tls_base(inv, tcb);
    case METHOD_TCB_SET_FLAGS: return decode_set_flags(inv, tcb);
    default: return hwdebug_decode(inv, tcb);
    }
}
