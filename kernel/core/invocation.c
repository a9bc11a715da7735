// SPDX-License-Identifier: BSD-2-Clause
#include "core/invocation.h"

#include "core/cspace.h"
#include "core/report.h"
#include "object/derive.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include <arch/object.h>

/* ---- answers ---- */

void inv_return(struct invocation *inv, unsigned index, word_t value)
{
    struct ipc_buffer *buffer = index < MSG_REGISTERS ? NULL : tcb_ipc_buffer(inv->caller, true);

    if ((inv->flags & SEND_CALL) && tcb_set_message_word(inv->caller, buffer, index, value)) {
        inv->result_length = index + 1;
    }
}

void inv_note_refusal(struct invocation *inv, enum abi_error error, unsigned length, word_t word0,
                      word_t word1)
{
    inv->refusal = (struct refusal){.error = error, .words = {word0, word1}, .length = length};
}

enum status refuse_lookup(struct invocation *inv, bool is_source, struct lookup_failure failure)
{
    inv->refusal = (struct refusal){.error = ERR_FAILED_LOOKUP, .words = {is_source}};
    inv->refusal.length = 1 + lookup_failure_words(failure, &inv->refusal.words[1]);
    return STATUS_REFUSED;
}

/* ---- slots and copies ---- */

enum status inv_find_slot(struct invocation *inv, struct cap root, word_t index, word_t depth,
                          bool is_source, struct slot **slot)
{
    struct lookup_failure failure = {.type = LOOKUP_INVALID_ROOT};

    if (root.type != CAP_CNODE) {
        return refuse_lookup(inv, is_source, failure);
    }
    if (depth < 1 || depth > WORD_BITS) {
        return refuse_range(inv, 1, WORD_BITS);
    }
    *slot = cspace_resolve_exactly(root, index, (unsigned)depth, &failure);
    return *slot == NULL ? refuse_lookup(inv, is_source, failure) : STATUS_OK;
}

enum status inv_find_empty_slot(struct invocation *inv, struct cap root, word_t index, word_t depth,
                                struct slot **slot)
{
    enum status status = inv_find_slot(inv, root, index, depth, false, slot);

    if (status == STATUS_OK && !slot_is_empty(*slot)) {
        return refuse(inv, ERR_DELETE_FIRST);
    }
    return status;
}

enum status inv_derive(struct invocation *inv, const struct slot *source, struct cap cap,
                       struct cap *derived)
{
    enum abi_error error = derive_cap(source, cap, derived);

    return error == ERR_NONE ? STATUS_OK : refuse(inv, error);
}

/* ---- which object ---- */

static struct ipc_caps inv_caps(const struct invocation *inv)
{
    return (struct ipc_caps){.slots = inv->extra, .count = inv->extra_count};
}

static enum status send_to_endpoint(struct invocation *inv)
{
    if (!cap_can(inv->cap, RIGHT_WRITE)) {
        return refuse_capability(inv, 0);
    }
    const struct send_mode mode = {
        .badge = inv->cap.data,
        .blocking = inv->flags & SEND_BLOCKING,
        .is_call = inv->flags & SEND_CALL,
        .can_grant = cap_can(inv->cap, RIGHT_GRANT),
        .can_grant_reply = cap_can(inv->cap, RIGHT_GRANT_REPLY),
        .can_donate = inv->flags & SEND_DONATE,
        .caps = inv_caps(inv),
    };

    inv->flags &= ~(unsigned)SEND_CALL; /* the answer comes from the receiver */
    endpoint_send(cap_object(inv->cap), inv->caller, mode);
    return STATUS_OK;
}

static enum status signal_notification(struct invocation *inv)
{
    if (!cap_can(inv->cap, RIGHT_WRITE)) {
        return refuse_capability(inv, 0);
    }
    notification_signal(cap_object(inv->cap), inv->cap.data);
    return STATUS_OK;
}

/* These cannot be the send half of a combined call. */
static bool needs_a_call_of_its_own(struct cap cap)
{
    switch ((enum cap_type)cap.type) {
    case CAP_TCB:
    case CAP_CNODE:
    case CAP_DOMAIN:
    case CAP_SCHED_CONTROL:
    case CAP_SCHED_CONTEXT: return true;
    default: return false;
    }
}

enum status invoke(struct invocation *inv)
{
    if ((inv->flags & SEND_COMBINED) && needs_a_call_of_its_own(inv->cap)) {
        return refuse_capability(inv, 0);
    }
    switch ((enum cap_type)inv->cap.type) {
    case CAP_NULL:
    case CAP_ZOMBIE: return refuse_capability(inv, 0);
    case CAP_ENDPOINT: return send_to_endpoint(inv);
    case CAP_NOTIFICATION: return signal_notification(inv);
    case CAP_REPLY:
        reply_send(cap_object(inv->cap), inv->caller, cap_can(inv->cap, RIGHT_GRANT),
                   inv_caps(inv));
        return STATUS_OK;
    case CAP_UNTYPED: return decode_untyped(inv);
    case CAP_CNODE: return decode_cnode(inv);
    case CAP_TCB: return decode_tcb(inv);
    case CAP_SCHED_CONTEXT: return decode_sched_context(inv);
    case CAP_SCHED_CONTROL: return decode_sched_control(inv);
    case CAP_IRQ_CONTROL: return decode_irq_control(inv);
    case CAP_IRQ_HANDLER: return decode_irq_handler(inv);
    case CAP_DOMAIN: return decode_domain(inv);
    case CAP_FRAME: return decode_frame(inv);
    case CAP_TABLE: return decode_table(inv);
    case CAP_ASID_CONTROL: return decode_asid_control(inv);
    case CAP_ASID_POOL: return decode_asid_pool(inv);
    default: return arch_decode(inv);
    }
}
